/*
 * one_folder.h - the folder of a test program that needs nothing else first.
 */
#ifndef TEST_ONE_FOLDER_H
#define TEST_ONE_FOLDER_H

#include "folder.h"

static struct folder folder;

/* For cmocka_run_group_tests(). */
static inline int
folder_set_up(void **state)
{
	(void)state;
	return folder_make(&folder);
}

static inline int
folder_tear_down(void **state)
{
	(void)state;
	return folder_remove(&folder);
}

#endif
