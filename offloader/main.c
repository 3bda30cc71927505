/*
 * main.c - arguments, then the master.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "base/os.h"
#include "config.h"
#include "config/conf.h"
#include "config/document.h"
#include "config/load.h"
#include "master/config_test.h"
#include "master/handover.h"
#include "master/master.h"

static void
say(const char *sentence)
{
	fprintf(stderr, "offloader: %s\n", sentence);
}

static void
print_version(void)
{
	printf("offloader %s, with %s\n", PACKAGE_VERSION,
	    OpenSSL_version(OPENSSL_VERSION));
}

int
main(int argc, char **argv)
{
	struct handover handed;
	const struct master_start start = { argc, argv, PACKAGE_VERSION,
	    &handed, say };
	struct err e;
	struct conf *conf;

	os_standard_files();
	handover_take(&handed);
	if ((conf = conf_load(argc, argv, say, &e)) == NULL) {
		handover_fail(&handed, e.text);
		return err_exit_status(&e);
	}
	if (conf->help)
		document_help(stdout);
	else if (conf->version)
		print_version();
	else if (conf->faulty) {
		config_test(conf, say);
		return err_exit_status(&e);
	} else
		return conf->test ? config_test(conf, say) :
		    master_run(&start, conf);
	conf_free(conf);
	return EXIT_SUCCESS;
}
