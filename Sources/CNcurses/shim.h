#pragma once
#define _XOPEN_SOURCE_EXTENDED 1
#define NCURSES_WIDECHAR 1
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

// Swift cannot import curses' function-like macros, nor use its global variables under strict concurrency.
// The static state below stands inside functions, or Swift would not emit it. It exists once in each object that uses
// it: only Terminal.swift may.

static inline WINDOW *kapok_screen(void) { return stdscr; }
static inline FILE *kapok_stdin(void) { return stdin; }
static inline FILE *kapok_stdout(void) { return stdout; }
static inline int kapok_colors(void) { return COLORS; }

static const int KAPOK_BOLD = 1, KAPOK_DIM = 2, KAPOK_REVERSE = 4;

static inline int kapok_set_style(WINDOW *w, int flags, short pair) {
  attr_t a = A_NORMAL;
  if (flags & KAPOK_BOLD) a |= A_BOLD;
  if (flags & KAPOK_DIM) a |= A_DIM;
  if (flags & KAPOK_REVERSE) a |= A_REVERSE;
  return wattr_set(w, a, pair, NULL);
}

// Sets the locale from the environment; C.UTF-8 where that is not UTF-8. Returns whether text is UTF-8 now.
static inline int kapok_utf8_locale(void) {
  if (setlocale(LC_ALL, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0) return 1;
  return setlocale(LC_CTYPE, "C.UTF-8") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static const int KAPOK_NO_KEY = -1;

// The next key: a function key's KEY_ code as a negative number below -1, else the character; KAPOK_NO_KEY if none.
static inline int kapok_next_key(WINDOW *w) {
  wint_t c = 0;
  int r = wget_wch(w, &c);
  if (r == ERR) return KAPOK_NO_KEY;
  return r == KEY_CODE_YES ? -(int)c : (int)c;
}

// Waits for input: 1 there is some, 0 none (or a signal came), -1 the terminal is gone.
static inline int kapok_wait(int ms) {
  struct pollfd p = {STDIN_FILENO, POLLIN, 0};
  if (poll(&p, 1, ms) <= 0) return 0;
  if (p.revents & POLLIN) return 1;
  return p.revents & (POLLHUP | POLLERR | POLLNVAL) ? -1 : 0;
}

// A crash must not leave the terminal raw: only functions that a signal handler may call are used here.
static inline struct termios *kapok_saved(void) {
  static struct termios saved;
  return &saved;
}

static void kapok_crashed(int signal) {
  static const char restore[] = "\033[?1049l\033[?25h\033[?1l\033>\033[0m\r\n";
  ssize_t ignored = write(STDOUT_FILENO, restore, sizeof restore - 1);
  (void)ignored;
  tcsetattr(STDIN_FILENO, TCSANOW, kapok_saved());
  raise(signal);
}

// Call before initscr, which changes the terminal's modes.
static inline void kapok_guard_crashes(void) {
  if (tcgetattr(STDIN_FILENO, kapok_saved()) != 0) return;
  struct sigaction a;
  memset(&a, 0, sizeof a);
  a.sa_handler = kapok_crashed;
  a.sa_flags = SA_RESETHAND | SA_NODEFER;
  static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGQUIT};
  for (unsigned i = 0; i < sizeof fatal / sizeof *fatal; i++) sigaction(fatal[i], &a, NULL);
}

static inline volatile sig_atomic_t *kapok_stop_flag(void) {
  static volatile sig_atomic_t flag;
  return &flag;
}
static void kapok_stop(int signal) { *kapok_stop_flag() = signal; }

// Call after initscr, which installs handlers of its own.
static inline void kapok_catch_stops(void) {
  struct sigaction a;
  memset(&a, 0, sizeof a);
  a.sa_handler = kapok_stop;
  sigaction(SIGINT, &a, NULL);
  sigaction(SIGTERM, &a, NULL);
  sigaction(SIGHUP, &a, NULL);
}
static inline int kapok_stopped_by(void) { return *kapok_stop_flag(); }
