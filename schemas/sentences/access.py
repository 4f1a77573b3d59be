"""The record of access, told."""

from typing import Final

SENTENCES: Final = {
    "access.read.v1": (
        "{principal_ref}（{role}）查看 {kind}：{systems}[，目的：{purpose}]",
        "{principal_ref} ({role}) looked at {kind} of {systems}[, for: {purpose}]",
    ),
    "access.refused.v1": (
        "{principal_ref}（{role}）被拒 {refusals} 次",
        "{principal_ref} ({role}) was refused {refusals} times",
    ),
    "access.emergency_taken.v1": (
        "{principal_ref}（{role}）启用紧急访问：{purpose}",
        "{principal_ref} ({role}) took emergency access: {purpose}",
    ),
    "access.grant_used.v1": ("{principal_ref} 使用授权 {grant_id}", "{principal_ref} used grant {grant_id}"),
    "access.invitation_issued.v1": ("{principal_ref} 发出家长邀请", "{principal_ref} invited a guardian"),
    "access.invitation_redeemed.v1": ("一份家长邀请已使用", "An invitation was redeemed"),
    "access.consent_given.v1": ("一名监护人给予同意（{policy_version}）", "A guardian consented ({policy_version})"),
    "access.consent_withdrawn.v1": ("一名监护人撤回同意", "A guardian withdrew consent"),
    "access.share_opened.v1": ("一名监护人分享行程至 {not_after_ms}", "A guardian shared a run until {not_after_ms}"),
    "access.share_closed.v1": ("一名监护人收回分享", "A guardian took a share back"),
    "access.guardianship_ended.v1": ("一项监护关系结束", "A guardianship ended"),
    "access.subject_keys_destroyed.v1": (
        "销毁 {keys_destroyed} 把学生密钥（{erasure_id}）",
        "{keys_destroyed} pupil keys were destroyed ({erasure_id})",
    ),
}
