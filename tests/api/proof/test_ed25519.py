"""The verifier's own Ed25519, against the test vectors of RFC 8032 7.1 and against another implementation."""

import random

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.proof.verify import ORDER, P, decode_point, is_signed

VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@pytest.mark.parametrize(("public_key", "message", "signature"), VECTORS)
def test_the_standard_s_vectors_hold(public_key: str, message: str, signature: str) -> None:
    key, text, made = (bytes.fromhex(value) for value in (public_key, message, signature))
    assert is_signed(key, text, made)
    assert not is_signed(key, text + b"x", made)


@pytest.fixture(scope="module")
def private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def public_bytes(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def test_it_agrees_with_another_implementation(private: Ed25519PrivateKey) -> None:
    dice = random.Random(8032)
    for length in range(20):
        message = dice.randbytes(length * 7)
        assert is_signed(public_bytes(private), message, private.sign(message))


def test_every_flipped_bit_of_a_signature_is_found(private: Ed25519PrivateKey) -> None:
    signature, key = private.sign(b"text"), public_bytes(private)
    for bit in range(0, 512, 11):
        wrong = bytearray(signature)
        wrong[bit // 8] ^= 1 << bit % 8
        assert not is_signed(key, b"text", bytes(wrong))


def test_a_signature_cannot_be_written_in_a_second_way(private: Ed25519PrivateKey) -> None:
    signature = private.sign(b"text")
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    assert not is_signed(public_bytes(private), b"text", signature[:32] + scalar.to_bytes(32, "little"))


def test_what_is_no_point_is_no_key() -> None:
    assert decode_point((P + 1).to_bytes(32, "little")) is None, "not reduced"
    assert decode_point((2).to_bytes(32, "little")) is None, "no square root"
    assert decode_point((1 | 1 << 255).to_bytes(32, "little")) is None, "minus zero"
    assert not is_signed(b"short", b"text", bytes(64))
    assert not is_signed((2).to_bytes(32, "little"), b"text", bytes(64))
