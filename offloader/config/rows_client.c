/*
 * rows_client.c - the options of client certificates.
 *
 * They may stand anywhere: at the top, in a frontend and in a certificate.
 */
#include "config/conf.h"

static const char *const verify_words[] = { "none", "optional",
    "optional-no-ca", "required", NULL };
static const char *const crl_check_words[] = { "leaf", "chain", NULL };

const struct option_row client_rows[] = {
	{ .name = "client-verify", .group = "Client certificates",
	  OPTION_FIELD(struct client_conf, verify),
	  .normal = "none", .words = verify_words, .unit = "mode",
	  .help = "Ask clients for a certificate. With optional, it must be "
	      "valid if a client sends one. With optional-no-ca, accept an "
	      "invalid one too, but do not pass on its name. With required, "
	      "refuse clients without a valid one." },
	{ .name = "client-verify-ca", OPTION_FIELD(struct client_conf, ca),
	  .unit = "path", .credential = true,
	  .example = "/etc/offloader/clients-ca.pem",
	  .help = "Accept client certificates from the authorities in this PEM "
	      "file, or in a directory of PEM files." },
	{ .name = "client-verify-crl", OPTION_FIELD(struct client_conf, crl),
	  .zero = "none", .unit = "path", .credential = true,
	  .example = "/etc/offloader/clients-crl.pem",
	  .help = "Refuse client certificates on the revocation lists in this "
	      "PEM file, or in a directory of PEM files. With none, check no "
	      "lists." },
	{ .name = "client-verify-crl-check",
	  OPTION_FIELD(struct client_conf, crl_check),
	  /* As nginx, HAProxy and stunnel look. */
	  .normal = "chain", .words = crl_check_words, .unit = "mode",
	  .help = "Check the whole chain of a client certificate for "
	      "revocation, or only the leaf. The issuer of each certificate "
	      "checked must have a list." },
	{ .name = "client-verify-depth",
	  OPTION_FIELD(struct client_conf, depth),
	  .normal = "9", .min = 0, .max = 100, .unit = "number",
	  .help = "Allow at most this many authorities between a client "
	      "certificate and the last certificate of its chain." },
	{ .name = "client-verify-advertise",
	  OPTION_FIELD(struct client_conf, advertise),
	  .no_value = true, .not_policy = true, .normal = "on",
	  .unit = "on|off",
	  .help = "Send clients the names of these authorities, so that they "
	      "can choose a certificate." },
	{ .name = "client-allow", OPTION_FIELD(struct client_conf, allow),
	  .repeats = true, .zero = "any", .unit = "entry",
	  .example = "SAN=DNS:client.example.com",
	  .help = "Accept only verified clients with this in their "
	      "certificate: CN=NAME, SAN=DNS:NAME, SAN=EMAIL:ADDRESS, "
	      "SAN=URI:URI or SPKI=sha256//BASE64. With any, accept all "
	      "verified clients. May be given many times." },
	{ .name = NULL }
};
