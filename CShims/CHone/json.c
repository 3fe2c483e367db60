/* json.c: reads JSON (RFC 8259) without building a tree; strings are slices of the text, escapes resolved in place. */
#define _GNU_SOURCE
#include "internal.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST 64

bool hone__json_fail(hone__json *json, const char *reason) {
  if (json->error == NULL) json->error = reason;
  json->at = json->end;
  return false;
}

static void skip_blanks(hone__json *json) {
  while (json->at < json->end && (*json->at == ' ' || *json->at == '\n' || *json->at == '\r' || *json->at == '\t'))
    json->at++;
}

void hone__json_start(hone__json *json, char *text, size_t size) {
  *json = (hone__json){.at = text, .end = text + size, .start = text};
  if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) json->at += 3;
}

char hone__json_peek(hone__json *json) {
  skip_blanks(json);
  return json->at < json->end ? *json->at : 0;
}

bool hone__json_finish(hone__json *json) {
  if (json->error != NULL) return false;
  skip_blanks(json);
  return json->at == json->end || hone__json_fail(json, "something follows the document's end");
}

/* ---- Containers ---- */

bool hone__json_enter(hone__json *json, char bracket) {
  if (hone__json_peek(json) != bracket)
    return hone__json_fail(json, bracket == '{' ? "an object was expected" : "an array was expected");
  if (++json->depth > DEEPEST) return hone__json_fail(json, "nested too deeply");
  json->at++;
  json->first = true;
  return true;
}

/* At the next item: true; at `bracket`, which is consumed, false. */
static bool next(hone__json *json, char bracket) {
  if (json->error != NULL) return false;
  char character = hone__json_peek(json);
  if (character == bracket) {
    json->at++;
    json->depth--;
    json->first = false;
    return false;
  }
  if (!json->first) {
    if (character != ',') return hone__json_fail(json, "a comma or the end of the list was expected");
    json->at++;
  }
  json->first = false;
  return true;
}

bool hone__json_element(hone__json *json) { return next(json, ']'); }

bool hone__json_member(hone__json *json, hone__slice *key) {
  if (!next(json, '}') || !hone__json_string(json, key)) return false;
  if (hone__json_peek(json) != ':') return hone__json_fail(json, "a colon was expected");
  json->at++;
  return true;
}

/* ---- Strings ---- */

/* Past the closing quote; *escaped where there was a backslash. */
static bool scan_string(hone__json *json, bool *escaped) {
  char *at = json->at + 1;
  for (*escaped = false; at < json->end; at++) {
    unsigned char character = (unsigned char)*at;
    if (character == '"') {
      json->at = at + 1;
      return true;
    }
    if (character < 0x20) return hone__json_fail(json, "a control character inside a string");
    if (character == '\\') {
      *escaped = true;
      at++;
    }
  }
  return hone__json_fail(json, "a string has no end");
}

static bool hex4(const char *at, const char *end, uint32_t *value) {
  *value = 0;
  for (int i = 0; i < 4; i++) {
    if (at + i >= end) return false;
    char c = at[i];
    uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                     : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                            : 16;
    if (digit == 16) return false;
    *value = *value * 16 + digit;
  }
  return true;
}

static char *put_utf8(char *to, uint32_t scalar) {
  if (scalar < 0x80) {
    *to++ = (char)scalar;
  } else if (scalar < 0x800) {
    *to++ = (char)(0xC0 | scalar >> 6);
    *to++ = (char)(0x80 | (scalar & 0x3F));
  } else if (scalar < 0x10000) {
    *to++ = (char)(0xE0 | scalar >> 12);
    *to++ = (char)(0x80 | (scalar >> 6 & 0x3F));
    *to++ = (char)(0x80 | (scalar & 0x3F));
  } else {
    *to++ = (char)(0xF0 | scalar >> 18);
    *to++ = (char)(0x80 | (scalar >> 12 & 0x3F));
    *to++ = (char)(0x80 | (scalar >> 6 & 0x3F));
    *to++ = (char)(0x80 | (scalar & 0x3F));
  }
  return to;
}

/* `from` is behind "\u"; returns where the escape ends, NULL where it is none. */
static const char *unicode_escape(const char *from, const char *end, uint32_t *scalar) {
  uint32_t low;
  if (!hex4(from, end, scalar)) return NULL;
  from += 4;
  if (*scalar < 0xD800 || *scalar > 0xDFFF) return from;
  if (*scalar > 0xDBFF || end - from < 6 || from[0] != '\\' || from[1] != 'u' || !hex4(from + 2, end, &low) ||
      low < 0xDC00 || low > 0xDFFF)
    return NULL;
  *scalar = 0x10000 + ((*scalar - 0xD800) << 10) + (low - 0xDC00);
  return from + 6;
}

/* The resolved text is never longer than the escaped one. */
static bool resolve(hone__json *json, char *text, const char *end, hone__slice *value) {
  static const char marks[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  char *to = text;
  for (const char *from = text; from < end;) {
    if (*from != '\\') {
      *to++ = *from++;
      continue;
    }
    const char *mark = from[1] != 0 ? strchr(marks, from[1]) : NULL;
    uint32_t scalar;
    if (mark != NULL) {
      *to++ = meanings[mark - marks];
      from += 2;
    } else if (from[1] == 'u' && (from = unicode_escape(from + 2, end, &scalar)) != NULL) {
      to = put_utf8(to, scalar);
    } else {
      return hone__json_fail(json, "an unknown escape in a string");
    }
  }
  *value = (hone__slice){text, (size_t)(to - text)};
  return true;
}

bool hone__json_string(hone__json *json, hone__slice *value) {
  bool escaped;
  if (json->error != NULL) return false;
  if (hone__json_peek(json) != '"') return hone__json_fail(json, "a string was expected");
  char *text = json->at + 1;
  if (!scan_string(json, &escaped)) return false;
  if (escaped) return resolve(json, text, json->at - 1, value);
  *value = (hone__slice){text, (size_t)(json->at - 1 - text)};
  return true;
}

/* ---- Numbers ---- */

static const char *digits(const char *at, const char *end) {
  while (at < end && *at >= '0' && *at <= '9') at++;
  return at;
}

/* The number's text; *whole where it has neither fraction nor exponent. */
static bool scan_number(hone__json *json, hone__slice *number, bool *whole) {
  if (json->error != NULL) return false;
  skip_blanks(json);
  const char *at = json->at, *end = json->end;
  if (at < end && *at == '-') at++;
  const char *first = at;
  at = digits(at, end);
  if (at == first || (*first == '0' && at > first + 1)) return hone__json_fail(json, "a number was expected");
  *whole = true;
  if (at < end && *at == '.') {
    const char *fraction = at + 1;
    at = digits(fraction, end);
    *whole = false;
    if (at == fraction) return hone__json_fail(json, "a number ends with its point");
  }
  if (at < end && (*at == 'e' || *at == 'E')) {
    at++;
    if (at < end && (*at == '+' || *at == '-')) at++;
    const char *exponent = at;
    at = digits(exponent, end);
    *whole = false;
    if (at == exponent) return hone__json_fail(json, "a number has no exponent behind its e");
  }
  *number = (hone__slice){json->at, (size_t)(at - json->at)};
  json->at += number->size;
  return true;
}

/* strtod reads a decimal comma where the application's locale says so. */
static double c_locale_double(hone__slice number) {
  char text[400];
  if (number.size >= sizeof text) number.size = sizeof text - 1;
  memcpy(text, number.text, number.size);
  text[number.size] = 0;
  locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
  double value = c == (locale_t)0 ? 0 : strtod_l(text, NULL, c);
  if (c != (locale_t)0) freelocale(c);
  return value;
}

/* Exact where the digits fit 2^53 and the power of ten is exact too (Clinger, PLDI 1990); anything else the slow way. */
static double to_double(hone__slice number) {
  static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  uint64_t mantissa = 0;
  int scale = 0, written = 0;
  bool fraction = false, negative = number.text[0] == '-';
  size_t i = negative;
  for (; i < number.size; i++) {
    char c = number.text[i];
    if (c == 'e' || c == 'E') break;
    if (c == '.') {
      fraction = true;
      continue;
    }
    if (mantissa > (1ull << 53)) return c_locale_double(number);
    mantissa = mantissa * 10 + (uint64_t)(c - '0');
    scale -= fraction;
  }
  if (i < number.size) {
    bool down = ++i < number.size && number.text[i] == '-';
    if (number.text[i] == '-' || number.text[i] == '+') i++;
    for (; i < number.size && written < 1000; i++) written = written * 10 + (number.text[i] - '0');
    scale += down ? -written : written;
  }
  if (mantissa > (1ull << 53) || scale < -22 || scale > 22) return c_locale_double(number);
  double value = scale < 0 ? (double)mantissa / powers[-scale] : (double)mantissa * powers[scale];
  return negative ? -value : value;
}

bool hone__json_double(hone__json *json, double *value) {
  hone__slice number;
  bool whole;
  if (!scan_number(json, &number, &whole)) return false;
  *value = to_double(number);
  return true;
}

bool hone__json_integer(hone__json *json, int64_t *value) {
  hone__slice number;
  bool whole;
  if (!scan_number(json, &number, &whole)) return false;
  if (!whole) return hone__json_fail(json, "a whole number was expected");
  bool negative = number.text[0] == '-';
  uint64_t magnitude = 0;
  for (size_t i = negative; i < number.size; i++) {
    uint64_t digit = (uint64_t)(number.text[i] - '0');
    if (magnitude > ((uint64_t)INT64_MAX - digit) / 10) return hone__json_fail(json, "a number is too large");
    magnitude = magnitude * 10 + digit;
  }
  *value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
  return true;
}

/* ---- Anything ---- */

static bool word(hone__json *json, const char *text) {
  size_t size = strlen(text);
  if ((size_t)(json->end - json->at) < size || memcmp(json->at, text, size) != 0)
    return hone__json_fail(json, "a value was expected");
  json->at += size;
  return true;
}

bool hone__json_null(hone__json *json) { return hone__json_peek(json) == 'n' && word(json, "null"); }

bool hone__json_skip(hone__json *json) {
  int outside = json->depth;
  char open[DEEPEST + 2];
  hone__slice slice;
  do {
    bool whole, escaped;
    /* Whether the innermost list has come to its end is asked before each item, so that one loop does for all depths. */
    if (json->depth > outside) {
      if (!next(json, open[json->depth] == '{' ? '}' : ']')) {
        if (json->error != NULL) return false;
        continue;
      }
      if (open[json->depth] == '{') {
        if (hone__json_peek(json) != '"') return hone__json_fail(json, "a member's name was expected");
        if (!scan_string(json, &escaped)) return false;
        if (hone__json_peek(json) != ':') return hone__json_fail(json, "a colon was expected");
        json->at++;
      }
    }
    char character = hone__json_peek(json);
    bool fine;
    if (character == '{' || character == '[') {
      fine = hone__json_enter(json, character);
      if (fine) open[json->depth] = character;
    } else if (character == '"') {
      fine = scan_string(json, &escaped);
    } else if (character == 't' || character == 'f' || character == 'n') {
      fine = word(json, character == 't' ? "true" : character == 'f' ? "false" : "null");
    } else {
      fine = scan_number(json, &slice, &whole);
    }
    if (!fine) return false;
  } while (json->depth > outside);
  return true;
}
