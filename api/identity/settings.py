"""Settings of signing in; part of the one settings object that ``deploy`` makes."""

from functools import cached_property
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from schemas.clock import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.registry import Role


class OidcSettings(BaseModel):
    """The identity provider of the authority that runs this deployment; without an issuer there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field("", description="address of the provider, exactly as it names itself; empty: none")
    client_id: str = Field("campanile", description="by which the provider knows us")
    client_secret: SecretStr | None = Field(None, description="shared with the provider, where it asks for one")
    scopes: str = Field("openid", description="what is asked of the provider, separated by spaces")
    claim: str = Field("sub", description="the claim that names a user: their subject, or their login for others")
    creates_users: bool = Field(False, description="whether somebody unknown becomes a user, without any appointment")
    allows_private: bool = Field(False, description="whether the provider may have an address of a private network")


class IdentitySettings(BaseModel):
    """How people prove who they are, and for how long that is believed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    public_url: str = Field("", description="https://… under which browsers see the API; empty: as they ask for it")
    trusts_forwarded: bool = Field(False, description="whether a proxy in front names the address of who asks")
    idle_min: int = Field(30, ge=1, description="a session that nobody uses for so many minutes ends")
    absolute_h: int = Field(12, ge=1, description="a session ends after so many hours in any case")
    strong_min: int = Field(10, ge=1, description="for so many minutes after a proof, delicate things need no new one")
    activation_h: int = Field(72, ge=1, description="an invitation to set a password is good for so many hours")
    api_token_days: int = Field(365, ge=1, le=366, description="longest life of an API token")
    api_tokens_per_user: int = Field(20, ge=1, description="API tokens in force that one user may have")
    second_factor_roles: str = Field("", description="roles that need a one-time code, separated by commas")
    password_least: int = Field(12, ge=12, le=64, description="least length of a password, in characters")
    hashes_at_once: int = Field(2, ge=1, le=16, description="passwords checked at once; each takes 19 MiB meanwhile")
    hashes_waiting: int = Field(32, ge=1, description="sign-ins that wait for their turn; above it 429")
    failures_per_pair: int = Field(5, ge=1, description="failed sign-ins a minute for one login from one address")
    failures_per_address: int = Field(30, ge=1, description="failed sign-ins a minute from one address")
    failures_per_login: int = Field(20, ge=1, description="failed sign-ins a minute for one login")
    requests_per_min: int = Field(6000, ge=1, description="requests a minute of one session or token")
    costly_per_min: int = Field(300, ge=1, description="readings of the archive a minute of one person or program")
    strangers_per_min: int = Field(600, ge=1, description="requests a minute from one address without a valid token")
    oidc: OidcSettings = OidcSettings()

    @field_validator("second_factor_roles")
    @classmethod
    def _are_roles(cls, text: str) -> str:
        _roles_in(text)
        return text

    @model_validator(mode="after")
    def _provider_finds_us(self) -> Self:
        if self.oidc.issuer and not self.public_url:
            raise ValueError("an identity provider needs public_url: the address that it sends browsers back to")
        return self

    @cached_property
    def strict_roles(self) -> frozenset[Role]:
        """Roles that need a second factor."""
        return _roles_in(self.second_factor_roles)

    @property
    def is_https(self) -> bool:
        """Whether browsers reach us by TLS, so that cookies may insist on it."""
        return self.public_url.startswith("https://")

    @property
    def idle_ms(self) -> int:
        """Milliseconds."""
        return self.idle_min * MINUTE_MS

    @property
    def absolute_ms(self) -> int:
        """Milliseconds."""
        return self.absolute_h * HOUR_MS

    @property
    def strong_ms(self) -> int:
        """Milliseconds."""
        return self.strong_min * MINUTE_MS

    @property
    def activation_ms(self) -> int:
        """Milliseconds."""
        return self.activation_h * HOUR_MS

    @property
    def api_token_ms(self) -> int:
        """Milliseconds."""
        return self.api_token_days * DAY_MS


def _roles_in(text: str) -> frozenset[Role]:
    return frozenset(Role(name.strip()) for name in text.split(",") if name.strip())
