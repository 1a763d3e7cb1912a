/* forker RATE LIFE: fork RATE children a second, each of which sleeps LIFE ms. */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	long long rate = argc > 1 ? atoll(argv[1]) : 1000;
	unsigned life = argc > 2 ? atoi(argv[2]) * 1000 : 0;
	long long begin, done = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN); /* the kernel reaps them */
	for (begin = now();;) {
		long long due = (now() - begin) * rate / 1000000000LL;

		if (due - done > rate / 10) /* what the machine does not give is not made up for */
			begin += (due - done) * 1000000000LL / rate, due = done + 1;
		for (; done < due; done++)
			switch (fork()) {
			case 0:
				usleep(life);
				_exit(0);
			case -1:
				usleep(1000); /* too many at a time */
			}
		usleep(1000);
	}
}
