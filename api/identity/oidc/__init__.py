"""Signing in through an identity provider: OpenID Connect, Authorization Code with PKCE, one pinned issuer."""
