#!/bin/sh
# make.sh - makes the certificates that tests and the demonstration use.
#
# Usage: sh certs/make.sh DIR
#
#   ca.pem, ca.key          the authority that signs all but client2
#   server.pem              chain and key; apart in server.crt and server.key:
#                           ECDSA P-256 for www.example.test,
#                           *.wild.example.test, localhost and 127.0.0.1
#   rsa.pem                 the same for other.example.test, RSA of 2048 bits
#   client.pem              a client's certificate and key, CN=alice
#   expired.pem             the same, but it ended in 2001
#   ca2.pem, client2.pem    another authority, and its client CN=mallory
set -e

[ $# -eq 1 ] || { echo "usage: sh $0 DIR" >&2; exit 64; }
umask 077
mkdir -p "$1"
cd "$1"

# quietly COMMAND...: says something only if it fails.
quietly() {
	"$@" >openssl.log 2>&1 || { cat openssl.log >&2; return 1; }
}

ec_key() {
	quietly openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}

# authority NAME SUBJECT
authority() {
	ec_key "$1"
	quietly openssl req -x509 -new -key "$1.key" -sha256 -days 3650 \
	    -subj "$2" -addext basicConstraints=critical,CA:TRUE \
	    -addext keyUsage=critical,keyCertSign,cRLSign -out "$1.pem"
}

# issue NAME CA SUBJECT EXTENSION...: signs NAME.key, puts both into NAME.pem.
issue() {
	name=$1 ca=$2 subject=$3; shift 3
	printf '%s\n' basicConstraints=critical,CA:FALSE "$@" >"$name.ext"
	quietly openssl req -new -utf8 -key "$name.key" -subj "$subject" \
	    -out "$name.csr"
	quietly openssl x509 -req -in "$name.csr" -CA "$ca.pem" \
	    -CAkey "$ca.key" -set_serial "0x$(openssl rand -hex 12)" -sha256 \
	    -days 825 -extfile "$name.ext" -out "$name.crt"
	cat "$name.crt" "$name.key" >"$name.pem"
	rm "$name.ext" "$name.csr"
}

# Only "openssl ca" writes dates of the past, in all versions of openssl.
issue_expired() {
	mkdir -p expired.ca
	: >expired.ca/index
	cat >expired.ca/conf <<-END
		[ca]
		default_ca = it
		[it]
		database = expired.ca/index
		new_certs_dir = expired.ca
		rand_serial = yes
		default_md = sha256
		policy = any
		x509_extensions = client
		[any]
		commonName = supplied
		[client]
		extendedKeyUsage = clientAuth
	END
	quietly openssl req -new -key expired.key -subj /CN=alice \
	    -out expired.csr
	quietly openssl ca -batch -notext -config expired.ca/conf \
	    -cert ca.pem -keyfile ca.key -in expired.csr -out expired.crt \
	    -startdate 20000101000000Z -enddate 20010101000000Z
	cat expired.crt expired.key >expired.pem
	rm -r expired.ca expired.csr
}

authority ca '/CN=Test CA'
authority ca2 '/CN=Another test CA'
for name in server client client2 expired; do
	ec_key $name
done
quietly openssl genrsa -out rsa.key 2048

names='DNS:www.example.test,DNS:*.wild.example.test,DNS:localhost'
issue server ca /CN=www.example.test extendedKeyUsage=serverAuth \
    "subjectAltName=$names,IP:127.0.0.1"
issue rsa ca /CN=other.example.test extendedKeyUsage=serverAuth \
    subjectAltName=DNS:other.example.test
issue client ca /CN=alice extendedKeyUsage=clientAuth
issue client2 ca2 /CN=mallory extendedKeyUsage=clientAuth
issue_expired
cat ca.pem >>server.crt
cat server.crt server.key >server.pem
rm openssl.log
