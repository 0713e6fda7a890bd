/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reporting violations, for fuzzers and for tests that run in a child. */
#ifndef HOLDS_H
#define HOLDS_H

/* Say what does not hold, and end the process. */
_Noreturn void broken(const char *what, ...) __attribute__((format(printf, 1, 2)));

/* broken() unless the condition holds; the text is the condition itself. */
#define HOLDS(condition) \
	do { if (!(condition)) \
		broken("%s:%d: %s", __FILE__, __LINE__, #condition); } while (0)

#endif
