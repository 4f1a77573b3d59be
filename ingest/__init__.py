"""How facts get in: decoding, admission, framing, publishing; one module per protocol."""
