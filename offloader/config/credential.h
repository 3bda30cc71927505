/*
 * credential.h - files that systemd hands over (see systemd.exec(5)).
 */
#ifndef OFFLOADER_CREDENTIAL_H
#define OFFLOADER_CREDENTIAL_H

/*
 * Where a file is: a relative name that is not found from the working
 * directory may be one in $CREDENTIALS_DIRECTORY. NULL: it is not there
 * either, and the name stays as it is. The caller frees it.
 */
char *credential_find(const char *name);

#endif
