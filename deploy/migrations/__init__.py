"""Brings the store's tables up to date: numbered SQL files (:mod:`schemas.store`), applied once each and in order."""
