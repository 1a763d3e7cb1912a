// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
// What is found out of a process: the values of metrics.Traits.
#pragma once

enum trait {
	WRITABLE_CODE = 1,
	UNNAMED_CODE = 2,
	REPLACED_IMAGE = 4,
	NETWORK_STDIO = 8,
	NAMED_FILE = 16,
	NAMED_SETTING = 32,
};

#define MEMORY_TRAITS (WRITABLE_CODE | UNNAMED_CODE | REPLACED_IMAGE)
#define FILE_TRAITS (NETWORK_STDIO | NAMED_FILE)
#define ALL_TRAITS (MEMORY_TRAITS | FILE_TRAITS | NAMED_SETTING)
