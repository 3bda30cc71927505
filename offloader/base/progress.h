/*
 * progress.h - a line on a terminal that says how far something long has come.
 */
#ifndef OFFLOADER_PROGRESS_H
#define OFFLOADER_PROGRESS_H

struct progress {
	int fd;			/* -1: nobody watches */
	const char *what;	/* borrowed: "files read" */
	double due;		/* when to say something next */
	int width;		/* of what stands there */
};

/* Says nothing within the first second, nor to what is no terminal. */
void progress_begin(struct progress *, int fd, const char *what);

/*
 * So many by now. The cursor stays at the beginning of the line: another line
 * that is written meanwhile goes over this one.
 */
void progress_step(struct progress *, unsigned long n);

/* Erases the line. */
void progress_end(struct progress *);

#endif
