"""Addresses and ports, as the program writes them and as connect() wants."""

import socket


def free_port(host="127.0.0.1"):
    """A port nobody listens on, for those who cannot take port 0."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as s:
        s.bind((host, 0))
        return s.getsockname()[1]


def to_address(text):
    """"127.0.0.1:443" or "[::1]:443" as what connect() wants."""
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


def to_text(address):
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
