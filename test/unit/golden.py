#!/usr/bin/python3
"""golden.py - PROXY headers put together from the text of the specification.

Knows nothing of our code. Its output is golden.h, which the tests of both
directions include:  /usr/bin/python3 golden.py > golden.h
"""
import socket
import struct

SIGNATURE = bytes.fromhex('0d0a0d0a000d0a515549540a')
ALPN, AUTHORITY, CRC32C, UNIQUE_ID, SSL, NETNS = 1, 2, 3, 5, 0x20, 0x30
(VERSION, CN, CIPHER, SIG_ALG, KEY_ALG, GROUP, SIG_SCHEME,
 CLIENT_CERT) = range(0x21, 0x29)

TLS13 = [(VERSION, b'TLSv1.3')]
CIPHER13 = (CIPHER, b'TLS_AES_256_GCM_SHA384')
REST = [CIPHER13, (SIG_ALG, b'ecdsa-with-SHA256'), (KEY_ALG, b'EC256'),
        (GROUP, b'X25519'), (SIG_SCHEME, b'ecdsa_secp256r1_sha256'),
        (CLIENT_CERT, bytes(range(0x30, 0x50)))]


def crc32c(data):
    """One bit at a time, as RFC 4960 appendix B describes it."""
    crc = 0xffffffff
    for byte in data:
        for bit in range(8):
            feedback = (crc ^ (byte >> bit)) & 1
            crc >>= 1
            if feedback:
                crc ^= 0x82f63b78
    return crc ^ 0xffffffff


def tlv(kind, value):
    return struct.pack('!BH', kind, len(value)) + value


def ssl(client, verify, subs):
    return (SSL, struct.pack('!BI', client, verify) +
            b''.join(tlv(k, v) for k, v in subs))


def inet(src, dst, ports=(4660, 443)):
    return (0x11, socket.inet_aton(src) + socket.inet_aton(dst) +
            struct.pack('!HH', *ports))


def inet6(src, dst, ports=(4660, 443)):
    return (0x21, socket.inet_pton(socket.AF_INET6, src) +
            socket.inet_pton(socket.AF_INET6, dst) +
            struct.pack('!HH', *ports))


def v2(addresses, tlvs=(), command=0x21):
    family, block = addresses
    body = block + b''.join(tlv(k, v) for k, v in tlvs)
    header = (SIGNATURE + struct.pack('!BBH', command, family, len(body)) +
              body)
    at = header.find(tlv(CRC32C, bytes(4)))
    if at != -1:
        header = (header[:at + 3] + struct.pack('!I', crc32c(header)) +
                  header[at + 7:])
    return header


FOUR = inet('192.0.2.1', '198.51.100.2')
SIX = inet6('2001:db8::1', '2001:db8::2')
NAMES = [(ALPN, b'h2'), (AUTHORITY, b'Www.Example.test')]
HEADERS = {
    'ipv4': v2(FOUR),
    'ipv6': v2(SIX),
    'client_ipv6': v2(inet6('2001:db8::1', '::ffff:198.51.100.2')),
    'client_ipv4': v2(inet6('::ffff:192.0.2.1', '2001:db8::2')),
    'no_local': v2(inet('192.0.2.1', '0.0.0.0', (4660, 0))),
    'no_cert': v2(FOUR, NAMES + [ssl(1, 1, TLS13 + [CIPHER13])]),
    'verified': v2(SIX, NAMES + [
        (CRC32C, bytes(4)), (UNIQUE_ID, b'0123456789abcdef'),
        ssl(7, 0, TLS13 + [(CN, 'Zoë'.encode())] + REST),
        (NETNS, b'blue')]),
    'resumed': v2(FOUR, [ssl(5, 0, [(CN, b'alice')])]),
    'refused': v2(FOUR, [ssl(1, 20, TLS13 + [CIPHER13])]),
    'local': v2((0, b''), (), 0x20),
    'local_tls': v2((0, b''), [ssl(3, 0, TLS13 + [(CN, b'alice')])], 0x20),
    'summed': v2(FOUR, [(CRC32C, bytes(4))]),
}


def main():
    print('/*\n * golden.h - whole PROXY headers. Written by golden.py.\n */')
    for name, header in HEADERS.items():
        print('\nstatic const unsigned char golden_%s[] = {' % name)
        for i in range(0, len(header), 12):
            end = '' if i + 12 >= len(header) else ','
            print('\t' + ', '.join('0x%02x' % b for b in header[i:i + 12]) +
                  end)
        print('};')
    hundred = bytes((i * 7 + 3) & 0xff for i in range(100))
    print('\n/* Of 100 bytes, the i-th being i * 7 + 3. */')
    print('#define GOLDEN_CRC_100\t0x%08xu' % crc32c(hundred))


main()
