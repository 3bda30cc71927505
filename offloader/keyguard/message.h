/*
 * message.h - messages between the master and the keyguard: what they say.
 *
 * Each is put into a frame by one side and got out of it by the other. What is
 * got is borrowed from the frame if nothing else is said.
 */
#ifndef OFFLOADER_MESSAGE_H
#define OFFLOADER_MESSAGE_H

#include "keyguard/frame.h"
#include "keys/keyring.h"
#include "log/log.h"

enum key_word {
	/* From the master. */
	KEY_WORD_READ = 1,	/* these files: answered by one of the last */
	KEY_WORD_DROP,		/* this key */
	KEY_WORD_SIGNER,	/* is wanted for this channel */
	KEY_WORD_LOG,		/* this part of it is there from now on */
	/* From the keyguard. */
	KEY_WORD_READING,
	KEY_WORD_REFUSED
};

/* Read what is there, keep the key by this number, and sign the trial. */
struct key_read_message {
	uint32_t id;
	struct key_source from;
	unsigned char hash[KEY_TRIAL_HASH];
};

void key_put_read(struct key_frame *, const struct key_read_message *);
int key_get_read(struct key_frame *, struct key_read_message *);

void key_put_drop(struct key_frame *, uint32_t id);
int key_get_drop(struct key_frame *, uint32_t *id);

/* For whom, and as whom. */
struct key_signer_message {
	uint32_t generation, worker;	/* for the log */
	const char *user, *group, *chroot;	/* NULL: not said */
	uint8_t sandbox;	/* enum sandbox_mode */
	bool tokens;		/* see sandbox.h */
};

void key_put_signer(struct key_frame *, const struct key_signer_message *);
int key_get_signer(struct key_frame *, struct key_signer_message *);

void key_put_log(struct key_frame *, enum log_part);
int key_get_log(struct key_frame *, enum log_part *);

/*
 * All but the hash of the trial. Of what is got nothing is borrowed: the caller
 * calls key_reading_clear().
 */
void key_put_reading(struct key_frame *, uint32_t id,
    const struct key_reading *);
int key_get_reading(struct key_frame *, uint32_t *id, struct key_reading *);

void key_put_refused(struct key_frame *, uint32_t id, enum pem_excuse,
    const struct err *);
int key_get_refused(struct key_frame *, uint32_t *id, enum pem_excuse *,
    struct err *);

#endif
