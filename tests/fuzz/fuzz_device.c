/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fuzzer: requests to the module, on its own files (all but memory.c and frames.c)
 * in user space, built for 32 bits like the module; fuzz_device_64.c is this for 64.
 *
 * The input is a list of requests: valid structures with some bytes damaged, in
 * memory that may end, be read-only, or change concurrently, from callers with and
 * without permission. A request must be accepted exactly if a judge written from
 * the text of kleap_ioctl.h accepts the same bytes; a refusal has the errno that
 * the header names and changes nothing; what is loaded is what was requested; and
 * only the answer is written.
 */
#include "kleap.h"
#include "fuzz.h"
#include "fuzz_device.h"
#include "sim.h"

#define PAGE 4096u
#define SEGMENTS (KIMG_SEGMENT_MAX + 1)
#define DATA_SIZE (8 * PAGE)
#define MOVES 8

#ifdef CONFIG_X86_64
#define IS_64 true
#else
#define IS_64 false
#endif

struct request {
	struct kleap_load load;
	struct kleap_segment segment[SEGMENTS];
};

/* What the requests are made in. */
static unsigned char arena[2 * PAGE], sent[2 * PAGE], data[DATA_SIZE];

/* ---- Making requests ------------------------------------------------------------------ */

enum { LOAD, UNLOAD, LEAP, DISABLE, STATUS, REHEARSE, COMMANDS };

static const struct command {
	unsigned int number;
	uint32_t size;
	size_t answer, answer_size;	/* what the module may write */
} commands[COMMANDS] = {
	{ KLEAP_IOC_LOAD, sizeof(struct kleap_load), offsetof(struct kleap_load, why),
	  sizeof(struct kleap_why) },
	{ KLEAP_IOC_UNLOAD, sizeof(struct kleap_unload), 0, 0 },
	{ KLEAP_IOC_LEAP, sizeof(struct kleap_leap), offsetof(struct kleap_leap, why),
	  sizeof(struct kleap_why) },
	{ KLEAP_IOC_DISABLE, sizeof(struct kleap_disable), 0, 0 },
	{ KLEAP_IOC_STATUS, sizeof(struct kleap_status), 0, sizeof(struct kleap_status) },
	{ KLEAP_IOC_REHEARSE, sizeof(struct kleap_rehearse), 0, sizeof(struct kleap_rehearse) },
};

/*
 * A load that is good as it stands, of one to three segments; the first may begin at
 * 0, the last end where the leap's reach does, and the GDT with its segment, or a little
 * behind it. For a 64-bit kernel also the tables.
 */
static void good_load(struct input *input, struct request *request, unsigned char *at)
{
	uint32_t count = 1 + (uint32_t)take_below(input, 3);
	unsigned int edges = (unsigned int)take(input, 1);
	uint64_t mem = edges & 1 ? 0 : 0x110000;

	request->load.segments = (uintptr_t)(at + offsetof(struct request, segment));
	request->load.segment_count = count;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t pages = 1 + take_below(input, 6), offset = take(input, 2) % PAGE;

		if (edges & 2 && count > 1 && i == count - 1)
			mem = MACHINE_LIMIT + 1 - pages * PAGE;
		request->segment[i] = (struct kleap_segment){
			.buf = (uintptr_t)data + offset, .mem = mem,
			.bufsz = take_below(input, pages * PAGE + 1), .memsz = pages * PAGE,
		};
		mem += (pages + take_below(input, 4)) * PAGE;
	}
	request->load.flags = edges & 16 ? KLEAP_LOAD_CHECK : 0;
	if (edges & 32)
		request->load.limit = edges & 64 ? CONTROL_END - 1 : mem - 1;
	request->load.entry.machine = IS_64 && edges & 128 ? KLEAP_X86_64 : KLEAP_X86_32;
	request->load.entry.address = request->segment[0].mem;
	if (count > 1) {
		const struct kleap_segment *last = &request->segment[count - 1];

		request->load.entry.reg[KLEAP_X86_GDT_BASE] = last->mem;
		if (edges & 4)
			request->load.entry.reg[KLEAP_X86_GDT_BASE] += last->memsz - 32;
		request->load.entry.reg[KLEAP_X86_GDT_LIMIT] = edges & 8 ? 63 : 31;
		if (IS_64 && edges & 128)
			request->load.entry.reg[KLEAP_X86_TABLES] = last->mem;
	}
}

/* Make request number `which` at `at`, where there is room for a struct request. */
static void make_request(struct input *input, unsigned int which, unsigned char *at)
{
	struct request request;
	unsigned int spoil = (unsigned int)take(input, 1) % 8;
	uint32_t *times;

	memset(&request, 0, sizeof(request));
	request.load.size = commands[which].size;
	if (which == LOAD)
		good_load(input, &request, at);
	else if (which == LEAP)
		((struct kleap_leap *)&request)->when = (uint32_t)take_below(input, 3);
	else if (which == REHEARSE)
		((struct kleap_rehearse *)&request)->times = (uint32_t)take_below(input, 4);
	/* Half of the requests stay as they are. */
	for (spoil = spoil > 3 ? spoil - 3 : 0; spoil; spoil--) {
		unsigned int how = (unsigned int)take(input, 1);
		size_t size = (size_t)1 << how % 4;
		size_t range = which == LOAD ? sizeof(request) : commands[which].size + 16;
		size_t to = (size_t)take_below(input, range / size) * size;
		uint64_t value = take_odd(input), was = 0;

		/* Another number, or what stands there with some bits turned. */
		memcpy(&was, (unsigned char *)&request + to, size);
		if (how & 4)
			value ^= was;
		memcpy((unsigned char *)&request + to, &value, size);
	}
	/* As often as this takes too long. */
	times = &((struct kleap_rehearse *)&request)->times;
	if (which == REHEARSE && *times <= KLEAP_REHEARSE_MAX)
		*times %= 4;
	memcpy(at, &request, sizeof(request));
}

/* ---- The judge -------------------------------------------------------------------------- */

/* What must not change when a request is refused. */
struct picture {
	const struct kleap_image *loaded;
	bool armed, disabled;
	uint64_t held, head;
	unsigned int pinned;
};

static struct picture look(void)
{
	const struct kleap_image *loaded = kernel_image();

	return (struct picture){
		.loaded = loaded, .armed = kleap_leap_armed(),
		.disabled = kleap_image_disabled(),
		.held = sim_counts(kernel.sim).held, .pinned = kernel.pinned,
		.head = loaded ? loaded->kimg.head : 0,
	};
}

static bool same(const struct picture *a, const struct picture *b)
{
	return a->loaded == b->loaded && a->armed == b->armed && a->disabled == b->disabled &&
	       a->held == b->held && a->head == b->head && a->pinned == b->pinned;
}

/* Are `size` bytes at this 64-bit address the caller's? */
static bool readable(uint64_t address, uint64_t size)
{
	for (unsigned int i = 0; i < USER_RANGES; i++) {
		const struct user_range *range = &kernel.user[i];
		uint64_t into = address - (uintptr_t)range->start;

		if (range->size && into <= range->size && size <= range->size - into)
			return true;
	}
	return false;
}

/* Are these bytes, a page at most, 0? */
static bool zeros(const unsigned char *at, size_t size)
{
	static const unsigned char none[PAGE];

	return !memcmp(at, none, size);
}

/* The rules of every request, by the header's text. */
static bool size_is_right(const unsigned char *at, unsigned int which)
{
	uint32_t size, known = commands[which].size;

	if (!readable((uintptr_t)at, 4))
		return false;
	memcpy(&size, at, 4);
	return size >= known && size <= PAGE && readable((uintptr_t)at, size) &&
	       zeros(at + known, size - known);
}

static bool inside(const struct request *request, uint64_t address)
{
	for (uint32_t i = 0; i < request->load.segment_count; i++)
		if (address >= request->segment[i].mem &&
		    address - request->segment[i].mem < request->segment[i].memsz)
			return true;
	return false;
}

/* The highest address that anything of this load may have. */
static uint64_t limit_of(const struct request *request)
{
	uint64_t limit = request->load.limit;

	return limit && limit < MACHINE_LIMIT ? limit : MACHINE_LIMIT;
}

/* The highest address that the caller's pointers hold. */
static uint64_t highest_pointer(void)
{
	return IS_64 && !kernel.compat ? UINT64_MAX : UINT32_MAX;
}

static bool segments_are_right(const struct request *request)
{
	uint64_t end = limit_of(request) + 1;

	for (uint32_t i = 0; i < request->load.segment_count; i++) {
		const struct kleap_segment *segment = &request->segment[i];

		if (!segment->memsz || segment->memsz % PAGE || segment->mem % PAGE ||
		    segment->memsz > end || segment->mem > end - segment->memsz ||
		    segment->bufsz > segment->memsz ||
		    (segment->bufsz && !readable(segment->buf, segment->bufsz)))
			return false;
		/* Where nothing is read, the address only has to be one. */
		if (segment->buf > highest_pointer() ||
		    segment->bufsz > highest_pointer() - segment->buf)
			return false;
		for (uint32_t k = 0; k < i; k++)
			if (segment->mem < request->segment[k].mem + request->segment[k].memsz &&
			    request->segment[k].mem < segment->mem + segment->memsz)
				return false;
	}
	return true;
}

/* Is the entry state one for this machine, with what it refers to in the image? */
static bool entry_is_right(const struct request *request, const struct kleap_entry *entry)
{
	uint64_t base = entry->reg[KLEAP_X86_GDT_BASE];
	uint64_t limit = entry->reg[KLEAP_X86_GDT_LIMIT];
	uint64_t tables = entry->reg[KLEAP_X86_TABLES];
	bool wide = IS_64 && entry->machine == KLEAP_X86_64;
	uint64_t most = wide ? UINT64_MAX : UINT32_MAX;

	if ((entry->machine != KLEAP_X86_32 && !wide) || entry->address > most ||
	    !inside(request, entry->address))
		return false;
	for (unsigned int i = 0; i < KLEAP_REGISTERS; i++)
		if (entry->reg[i] > (i < KLEAP_X86_TABLES + wide ? most : 0))
			return false;
	if (tables && (tables % PAGE || !inside(request, tables) || !inside(request, tables + PAGE)))
		return false;
	return !limit || (limit <= 0xffff && inside(request, base) &&
			  inside(request, base + limit));
}

/* Is this load right, apart from memory that may not suffice? Fills in `request`. */
static bool load_is_right(const unsigned char *at, struct request *request)
{
	const struct kleap_load *load = &request->load;
	const struct kleap_entry *entry = &load->entry;

	if (!size_is_right(at, LOAD))
		return false;
	memcpy(&request->load, at, sizeof(request->load));
	if (load->segments > highest_pointer() || kernel.encrypted)
		return false;
	if (load->flags & ~KLEAP_LOAD_CHECK || load->uart_type || load->uart > 0xfff8 || entry->reserved ||
	    !load->segment_count || load->segment_count > KIMG_SEGMENT_MAX ||
	    !readable(load->segments, load->segment_count * sizeof(request->segment[0])))
		return false;
	memcpy(request->segment, (void *)(uintptr_t)load->segments,
	       load->segment_count * sizeof(request->segment[0]));
	if (!segments_are_right(request) || !entry_is_right(request, entry))
		return false;
	return true;
}

static bool is_right(const unsigned char *at, unsigned int which, struct request *request)
{
	uint32_t second;

	if (which == LOAD)
		return load_is_right(at, request);
	if (!size_is_right(at, which))
		return false;
	memcpy(&second, at + 4, 4);
	if (which == STATUS)
		return kernel.user[0].writable;
	if (which == REHEARSE)
		return second && second <= KLEAP_REHEARSE_MAX && kernel.user[0].writable;
	if (which == LEAP)
		return second == KLEAP_LEAP_AT_REBOOT || second == KLEAP_LEAP_CANCEL;
	return !second;
}

/* The loaded image holds what was asked for. */
static void judge_image(const struct request *request)
{
	struct kleap_image *image = kernel_image();
	struct kimg_image *kimg = &image->kimg;
	uint64_t frames = (limit_of(request) + 1) / PAGE;

	HOLDS(image && kimg->state == KIMG_SEALED && !kleap_leap_armed());
	for (uint32_t i = 0; i < kimg->list_pages; i++)
		HOLDS(kimg->directory[i] < frames);
	for (uint32_t i = 0; i < kimg->control_pages; i++)
		HOLDS(kimg->control[i] < min(frames, CONTROL_END / PAGE));
	HOLDS(kimg->extents == request->load.segment_count);
	for (uint32_t i = 0; i < kimg->extents; i++) {
		const struct kimg_extent *extent = &kimg->extent[i];
		const struct kleap_segment *segment = &request->segment[extent->index];

		HOLDS(extent->first == segment->mem / PAGE &&
		      extent->pages == segment->memsz / PAGE);
		for (uint32_t k = 0; k < extent->pages; k++) {
			uint64_t entry = kimg_read_entry(kimg,
				kimg_position(kimg, extent->entry + 1 + k));
			const unsigned char *page = sim_peek(kernel.sim, entry / PAGE);
			uint64_t from = (uint64_t)k * PAGE, have = 0;

			if (from < segment->bufsz)
				have = min(segment->bufsz - from, (uint64_t)PAGE);
			HOLDS(entry / PAGE < frames);
			HOLDS(page && zeros(page + have, (size_t)(PAGE - have)));
			HOLDS(!have || !memcmp(page, (void *)(uintptr_t)(segment->buf + from),
					       (size_t)have));
		}
	}
}

static void judge_status(const struct kleap_status *status)
{
	HOLDS(status->size == sizeof(*status) && status->abi == KLEAP_ABI);
	HOLDS(status->state == (!kernel_image() ? KLEAP_STATE_NONE : kleap_leap_armed() ?
				KLEAP_STATE_ARMED : KLEAP_STATE_LOADED));
	HOLDS(status->disabled == kleap_image_disabled());
	HOLDS(status->frames_taken == sim_counts(kernel.sim).held);
	HOLDS(status->pages_in_place + status->pages_to_copy == status->image_bytes / PAGE);
}

/* May this caller have that request, on this kernel? Cancelling is never refused. */
static bool may(unsigned int which, uint32_t when)
{
	bool leap = which == LEAP && when != KLEAP_LEAP_CANCEL;

	if (!kernel.may_boot)
		return false;
	if (which == REHEARSE)
		return !kernel.locked_down && !kernel.policy;
	if (which != LOAD && !leap)
		return true;
	return !kernel.locked_down && !kleap_image_disabled() &&
	       (leap || !kernel.policy);
}

/* The errno of a refusal, and why it may be that. */
static void judge_refusal(long code, unsigned int which, uint32_t when, bool right)
{
	switch (code) {
	case -EPERM:
		HOLDS(!may(which, when));
		break;
	case -EBUSY:
		HOLDS(which == REHEARSE ? kleap_leap_armed() : kernel.busy && which == LOAD);
		break;
	case -EOPNOTSUPP:
		HOLDS(x86_hyper_type == X86_HYPER_MS_HYPERV || kernel.encrypted);
		HOLDS(which == LOAD || which == REHEARSE);
		break;
	case -EAGAIN:
		if (which == REHEARSE) {
			HOLDS(kernel.cr4 & X86_CR4_VMXE);
			break;
		}
		HOLDS(which == LEAP && when != KLEAP_LEAP_CANCEL && kernel_image());
		HOLDS(!kernel.kprobes_on || num_online_cpus() == 1);
		break;
	case -EINVAL:
	case -E2BIG:
	case -EFAULT:
		HOLDS(!right);
		break;
	case -ENODATA:
		HOLDS(!kernel_image());
		HOLDS(which == UNLOAD || which == REHEARSE ||
		      (which == LEAP && when != KLEAP_LEAP_CANCEL));
		break;
	case -ENOMEM:
		HOLDS(which == LOAD || which == REHEARSE);
		break;
	default:
		broken("errno %ld is none of the header's", -code);
	}
}

/* A reason that was written says the same as errno; a right request gets one. */
static void judge_why(long code, unsigned int which, const unsigned char *at, bool right)
{
	size_t into = (size_t)(at - arena) + (which == REHEARSE ?
		offsetof(struct kleap_rehearse, why) : commands[which].answer);
	const struct kleap_why *told = (const void *)(arena + into);
	struct kimg_why why = {
		.error = told->error, .seg = told->seg, .other = told->other,
		.a = told->a, .b = told->b, .c = told->c, .d = told->d,
	};

	if (!memcmp(told, sent + into, sizeof(*told))) {
		HOLDS(!right || !kernel.user[0].writable);
		return;
	}
	/* Where the memory ends in it, a part of it is all that could be written. */
	if (!readable((uintptr_t)told, sizeof(*told)))
		return;
	HOLDS(told->error && told->error < KIMG_E_COUNT && !told->pad);
	HOLDS(kimg_error_group(told->error) != KIMG_GROUP_INTERNAL);
	HOLDS(kleap_errno(&why) == code);
}

static void judge_success(unsigned int which, const struct picture *before,
			  const struct request *request, const unsigned char *at, bool raced)
{
	struct picture now = look();
	uint32_t when;

	memcpy(&when, sent + (at - arena) + 4, 4);
	/* What was disabled was so before: by this request, it was allowed. */
	HOLDS(raced ? kernel.may_boot : which == DISABLE || may(which, when));
	switch (which) {
	case LOAD:
		HOLDS(!kernel.locked_down && !kernel.policy && !kernel.busy && !now.disabled);
		if (!raced)
			judge_image(request);
		break;
	case UNLOAD:
		HOLDS(before->loaded && !now.loaded && !now.armed && !now.held);
		break;
	case LEAP:
		HOLDS(now.loaded == before->loaded && (now.loaded || !now.armed));
		if (!raced)
			HOLDS(now.armed == (when == KLEAP_LEAP_AT_REBOOT));
		break;
	case DISABLE:
		HOLDS(now.disabled && !now.loaded && !now.held && now.pinned == 1);
		break;
	case STATUS:
		HOLDS(same(before, &now));
		if (!raced)
			judge_status((const void *)at);
		break;
	case REHEARSE:
		HOLDS(same(before, &now) && now.loaded && !now.armed);
		HOLDS(raced || now.loaded->rehearsed);
		break;
	}
	if (which != STATUS)
		HOLDS(kernel.audits == 1);
}

/* Nothing but the answer was written, and nothing beyond a request that is too short. */
static void judge_writes(unsigned int which, const unsigned char *at)
{
	const struct command *command = &commands[which];
	size_t into = (size_t)(at - arena), end = command->answer + command->answer_size;
	uint32_t size, before;

	/* The size that the module read is one of these: it may change meanwhile. */
	memcpy(&size, at, 4);
	memcpy(&before, sent + into, 4);
	if (before > size)
		size = before;
	if (kernel.race && kernel.accesses > kernel.race_at)
		sent[kernel.race - arena] = *kernel.race;
	if (size >= end)
		memcpy(sent + into + command->answer, at + command->answer,
		       command->answer_size);
	HOLDS(!memcmp(sent, arena, sizeof(arena)));
}

/* ---- One request -------------------------------------------------------------------------- */

static void move(struct input *input)
{
	unsigned int which = (unsigned int)take_below(input, COMMANDS), number;
	uint64_t kind = take(input, 1), mode = take(input, 1);
	unsigned char *at = arena + sizeof(arena) - sizeof(struct request);
	struct picture before, after;
	struct request request;
	bool right, raced;
	uint32_t when;
	long code;

	memset(arena, 0, sizeof(arena));
	make_request(input, which, at);
	kernel.user[0] = (struct user_range){ arena, sizeof(arena), !(mode & 1) };
	/* Memory that ends somewhere in the request. */
	if (mode & 2)
		kernel.user[0].size = (size_t)(at - arena) +
				      (size_t)take_below(input, sizeof(request));
	kernel.user[1] = (struct user_range){ data, sizeof(data), false };
	kernel.may_boot = kind % 16 != 1;
	kernel.locked_down = kind % 16 == 2;
	kernel.busy = kind % 16 == 3;
	kernel.policy = kind % 16 == 5 ? EACCES : 0;
	kernel.online[1] = kind % 16 != 6;
	kernel.cr4 = kind % 16 == 9 ? X86_CR4_PAE | X86_CR4_VMXE : X86_CR4_PAE;
	kernel_kprobes(kind % 16 != 7);
	x86_hyper_type = kind % 16 == 8 ? X86_HYPER_MS_HYPERV : X86_HYPER_KVM;
	kernel.encrypted = kind % 16 == 11;
	kernel.compat = IS_64 && kind % 16 == 10;
	kernel.race = NULL;
	if (kind % 16 == 4) {
		kernel.race_at = (unsigned int)take_below(input, 8);
		kernel.race_byte = (unsigned char)take(input, 1);
		kernel.race = at + take_below(input, sizeof(request));
	}
	kernel.audits = 0;
	memcpy(sent, arena, sizeof(sent));
	memcpy(&when, at + 4, 4);
	before = look();
	right = is_right(at, which, &request);

	number = commands[which].number;
	/* Direction and size in the number do not count; letter and number do. */
	if (mode & 4)
		number ^= (unsigned int)take(input, 2) << 16;
	if ((mode & 24) == 24)
		number += 0x100u + COMMANDS;
	code = kernel_ioctl(number, at);
	if ((mode & 24) == 24) {
		HOLDS(code == -ENOTTY && !kernel.accesses);
		return;
	}
	after = look();
	raced = kernel.race && kernel.accesses > kernel.race_at;
	if (code) {
		HOLDS(same(&before, &after));
		judge_refusal(code, which, raced ? 0 : when, right && !raced);
	} else {
		HOLDS(right || raced);
		judge_success(which, &before, &request, at, raced);
	}
	if (code && (commands[which].answer || which == REHEARSE) && !raced)
		judge_why(code, which, at, right);
	judge_writes(which, at);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size };

	for (size_t i = 0; !data[1] && i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7 + i / PAGE);
	module_on();
	for (unsigned int i = 0; i < MOVES && input.left; i++)
		move(&input);
	module_off();
	return 0;
}
