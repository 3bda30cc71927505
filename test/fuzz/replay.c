/*
 * replay.c - gives files to a fuzz target, once each.
 *
 * The main() of fuzz targets that are not linked with libFuzzer. Each argument
 * is a file, or a folder of files.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A copy of exactly its size, so that a sanitizer sees the byte after it. */
static bool
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *bytes;
	size_t size;

	if (f == NULL || fstat(fileno(f), &st) == -1) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	if (!S_ISREG(st.st_mode)) {
		fclose(f);
		return false;
	}
	size = (size_t)st.st_size;
	if ((bytes = malloc(size > 0 ? size : 1)) == NULL ||
	    fread(bytes, 1, size, f) != size) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	fclose(f);
	LLVMFuzzerTestOneInput(bytes, size);
	free(bytes);
	return true;
}

static unsigned
replay_folder(const char *path, DIR *folder)
{
	char file[4096];
	struct dirent *d;
	unsigned n = 0;

	while ((d = readdir(folder)) != NULL) {
		snprintf(file, sizeof file, "%s/%s", path, d->d_name);
		n += replay_file(file);
	}
	closedir(folder);
	return n;
}

int
main(int argc, char **argv)
{
	unsigned n = 0;
	DIR *folder;

	for (int i = 1; i < argc; i++) {
		if ((folder = opendir(argv[i])) != NULL)
			n += replay_folder(argv[i], folder);
		else
			n += replay_file(argv[i]);
	}
	printf("%s: %u inputs\n", argv[0], n);
	return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
