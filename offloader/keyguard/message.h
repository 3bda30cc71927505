/*
 * message.h - the messages between the master and the keyguard.
 *
 * message_put_X() writes one into a frame, message_get_X() reads it. What is
 * read is borrowed from the frame, unless noted. The frame is checked: -1 if it
 * is malformed.
 */
#ifndef OFFLOADER_MESSAGE_H
#define OFFLOADER_MESSAGE_H

#include "keyguard/frame.h"
#include "keys/keyring.h"
#include "log/log.h"

enum message {
	/* From the master. */
	MESSAGE_READ = 1,	/* read files; READING or REFUSED follows */
	MESSAGE_DROP,		/* forget this key */
	MESSAGE_SIGNER,		/* fork a signer for this channel */
	MESSAGE_LOG,		/* use this log file from now on */
	/* From the keyguard. */
	MESSAGE_READING,
	MESSAGE_REFUSED
};

/* Read the files, keep the key by this number, and sign the proof. */
struct read_message {
	uint32_t id;
	struct key_source from;
	unsigned char hash[KEY_PROOF_HASH];
};

void message_put_read(struct frame *, const struct read_message *);
int message_get_read(struct frame *, struct read_message *);

void message_put_drop(struct frame *, uint32_t id);
int message_get_drop(struct frame *, uint32_t *id);

/* The worker that it signs for, and how it is confined. */
struct signer_message {
	uint32_t generation, worker;	/* for the log */
	const char *user, *group, *chroot;	/* NULL: not configured */
	uint8_t sandbox;	/* enum sandbox_mode */
	bool tokens;		/* see sandbox.h */
};

void message_put_signer(struct frame *, const struct signer_message *);
int message_get_signer(struct frame *, struct signer_message *);

void message_put_log(struct frame *, enum log_part);
int message_get_log(struct frame *, enum log_part *);

/*
 * All but the hash of the proof. Nothing of what is read is borrowed: the
 * caller calls key_reading_clear().
 */
void message_put_reading(struct frame *, uint32_t id,
    const struct key_reading *);
int message_get_reading(struct frame *, uint32_t *id, struct key_reading *);

void message_put_refused(struct frame *, uint32_t id, enum pem_skip_reason,
    const struct err *);
int message_get_refused(struct frame *, uint32_t *id, enum pem_skip_reason *,
    struct err *);

#endif
