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
	  .normal = "none", .words = verify_words, .unit = "choice",
	  .help = "Whether clients must show a certificate: none, optional, "
	      "optional-no-ca (one that is not good is let in without its "
	      "name) or required." },
	{ .name = "client-verify-ca", OPTION_FIELD(struct client_conf, ca),
	  .unit = "path", .credential = true,
	  .example = "/etc/offloader/clients-ca.pem",
	  .help = "A PEM file with the authorities that may have signed "
	      "clients' certificates, or a directory of such files." },
	{ .name = "client-verify-crl", OPTION_FIELD(struct client_conf, crl),
	  .zero = "none", .unit = "path", .credential = true,
	  .example = "/etc/offloader/clients-crl.pem",
	  .help = "A PEM file with these authorities' revocation lists, or a "
	      "directory of such files; none looks for nothing revoked." },
	{ .name = "client-verify-crl-check",
	  OPTION_FIELD(struct client_conf, crl_check),
	  /* As nginx, HAProxy and stunnel look. */
	  .normal = "chain", .words = crl_check_words, .unit = "choice",
	  .help = "What must not be revoked, and needs a list that could say "
	      "so: the whole chain, or the leaf alone." },
	{ .name = "client-verify-depth",
	  OPTION_FIELD(struct client_conf, depth),
	  .normal = "9", .min = 0, .max = 100, .unit = "number",
	  .help = "How many authorities may stand between a client's "
	      "certificate and the last one of its chain." },
	{ .name = "client-verify-advertise",
	  OPTION_FIELD(struct client_conf, advertise),
	  .no_value = true, .normal = "on", .unit = "on|off",
	  .help = "Whether clients are told the names of these authorities, "
	      "so that they can choose a certificate." },
	{ .name = "client-allow", OPTION_FIELD(struct client_conf, allow),
	  .repeats = true, .zero = "any", .unit = "entry",
	  .example = "SAN=DNS:client.example.com",
	  .help = "Whose certificate is let in once it is verified: CN=NAME, "
	      "SAN=DNS:NAME, SAN=EMAIL:ADDRESS, SAN=URI:URI or "
	      "SPKI=sha256//BASE64; any is every one. May be given many "
	      "times." },
	{ .name = NULL }
};
