package sigma

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Parts encodes the literal text of parts; wildcards stay what they are.
func utf16Parts(parts []part, order binary.AppendByteOrder) []part {
	out := make([]part, len(parts))
	for i, p := range parts {
		if p.kind == partText {
			var b []byte
			for _, u := range utf16.Encode([]rune(p.text)) {
				b = order.AppendUint16(b, u)
			}
			p.text = string(b)
		}
		out[i] = p
	}
	return out
}

// utf16Mark is the byte order mark of little-endian UTF-16.
const utf16Mark = "\xff\xfe"

// base64Offsets gives what the base64 encoding of any text that contains s at a
// byte position of 0, 1 or 2 modulo 3 contains. The first and last characters
// are left out where they depend on the neighbouring bytes too.
func base64Offsets(s string) []string {
	out := make([]string, 0, 3)
	for shift := range 3 {
		padded := make([]byte, shift, shift+len(s))
		padded = append(padded, s...)
		text := base64.RawStdEncoding.EncodeToString(padded)
		// Characters carry 6 bits each: those that begin before the shift's bits
		// end, and one that ends after the last bit of s, are not determined.
		from := (shift*8 + 5) / 6
		to := len(padded) * 8 / 6
		if from < to {
			out = append(out, text[from:to])
		}
	}
	return out
}

// dashes are the characters that Windows programs take for one another at the
// start of an option.
var dashes = []string{"-", "/", "–", "—", "―"}

// maxVariants bounds what one value may expand into.
const maxVariants = 1024

// dashVariants gives every combination of dashes for the options in a value: a
// dash begins an option where a word follows it and none precedes it. ok is
// false when there are too many.
func dashVariants(parts []part) (variants [][]part, ok bool) {
	variants = [][]part{nil}
	add := func(choices ...[]part) bool {
		if len(variants)*len(choices) > maxVariants {
			return false
		}
		variants = product(variants, choices)
		return true
	}
	for _, p := range parts {
		if p.kind != partText {
			if !add([]part{p}) {
				return nil, false
			}
			continue
		}
		from := 0
		before := ' '
		for i, r := range p.text {
			size := utf8.RuneLen(r)
			if r == utf8.RuneError {
				_, size = utf8.DecodeRuneInString(p.text[i:])
			}
			after, _ := utf8.DecodeRuneInString(p.text[i+size:])
			if isDash(r) && !isWord(before) && isWord(after) {
				if i > from && !add([]part{{text: p.text[from:i]}}) {
					return nil, false
				}
				choices := make([][]part, len(dashes))
				for j, d := range dashes {
					choices[j] = []part{{text: d}}
				}
				if !add(choices...) {
					return nil, false
				}
				from = i + size
			}
			before = r
		}
		if from < len(p.text) && !add([]part{{text: p.text[from:]}}) {
			return nil, false
		}
	}
	return variants, true
}

// product appends each choice to each variant. It takes the variants over.
func product(variants, choices [][]part) [][]part {
	if len(choices) == 1 {
		for i := range variants {
			variants[i] = append(variants[i], choices[0]...)
		}
		return variants
	}
	next := make([][]part, 0, len(variants)*len(choices))
	for _, v := range variants {
		for _, c := range choices {
			next = append(next, slices.Concat(v, c))
		}
	}
	return next
}

func isDash(r rune) bool {
	return r == '-' || r == '/' || '–' <= r && r <= '―'
}

func isWord(r rune) bool {
	return r != utf8.RuneError && (r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r))
}
