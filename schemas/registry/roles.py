"""In which capacity somebody asks."""

from enum import StrEnum


class Role(StrEnum):
    """In which capacity somebody asks; what each may see is the matrix of authority."""

    SUPERVISOR = "supervisor"
    """督导: core-school supervisor of one or several consortia."""
    HEAD = "head"
    """总校长: head of a consortium."""
    PRINCIPAL = "principal"
    """执行校长: own campuses."""
    STAFF = "staff"
    """教职工: own campuses, within the centres of the appointment."""
    AREA_LEAD = "area_lead"
    """片区长: the consortia of an area, by mandate of the bureau."""
    BUREAU = "bureau"
    """县教育局: a county."""
    TOWNSHIP = "township"
    """乡镇教辅室, where the level exists."""
    CITY = "city"
    """市教育局."""
    PROVINCE = "province"
    """省教育厅."""
    PARTNER = "partner"
    """The other half of a cross-region pair."""
    GUARDIAN = "guardian"
    """家长: own child's running trip, and nothing else."""
    BUS_OPERATOR = "bus_operator"
    """校车运营单位: own buses."""
    INSPECTOR = "inspector"
    """督学: a zone."""
    AUDITOR = "auditor"
    """审计: access log, grants and proofs; content only through a case."""
    INVESTIGATOR = "investigator"
    """An external authority: a case's export, and no standing access."""
    OPERATOR = "operator"
    """Runs the platform: health and metrics, never content."""


class Centre(StrEnum):
    """The five functional centres (五大中心) of a consortium: a member of staff sees the systems of their centres."""

    TEACHING = "teaching"
    MORAL_EDUCATION = "moral_education"
    LOGISTICS = "logistics"
    SAFETY = "safety"
    GENERAL = "general"
