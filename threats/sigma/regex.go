package sigma

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// Bounds for one regular expression. Matching is linear in the text whatever
// the expression; these bound the size of the compiled program.
const (
	maxRegexLen    = 8192
	maxRegexWeight = 20000
)

var errRegexLarge = errors.New("it expands into too large a program")

// compileRegex compiles an expression with RE2 flags such as "i" and "ms".
func compileRegex(expr, flags string) (*regexp.Regexp, error) {
	if len(expr) > maxRegexLen {
		return nil, errRegexLarge
	}
	if flags != "" {
		expr = "(?" + flags + ")" + expr
	}
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if regexWeight(tree) > maxRegexWeight {
		return nil, errRegexLarge
	}
	return regexp.Compile(expr)
}

// regexWeight estimates the instructions of the compiled program.
func regexWeight(re *syntax.Regexp) int {
	weight := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		weight += regexWeight(sub)
	}
	if re.Op == syntax.OpRepeat {
		weight *= max(re.Min, re.Max, 1)
	}
	return min(weight, 2*maxRegexWeight)
}

// mendRegex says what to do about an expression that does not compile.
func mendRegex(err error) string {
	if errors.Is(err, errRegexLarge) {
		return "lower the repetition counts"
	}
	var bad *syntax.Error
	if errors.As(err, &bad) {
		switch {
		case bad.Code == syntax.ErrInvalidPerlOp || strings.HasPrefix(bad.Expr, "(?"):
			return "look-around and other Perl extensions are not in Sigma's regular expressions: use a further selection instead"
		case bad.Code == syntax.ErrInvalidEscape:
			return "back references and this escape are not in Sigma's regular expressions"
		case bad.Code == syntax.ErrInvalidRepeatSize:
			return "a repetition count is at most 1000"
		}
	}
	return "correct the expression, which has the syntax of RE2"
}

// regexLiterals gives groups of folded literals: from each group at least one
// occurs in the folded form of every text that the expression matches.
func regexLiterals(expr string) [][]string {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	return literalsOf(tree.Simplify(), 0)
}

func literalsOf(re *syntax.Regexp, depth int) [][]string {
	if depth > 50 {
		return nil
	}
	switch re.Op {
	case syntax.OpLiteral:
		var b []byte
		for _, r := range re.Rune {
			if r == utf8.RuneError { // stands for any byte that is not UTF-8
				return nil
			}
			b = utf8.AppendRune(b, foldRune(r))
		}
		return [][]string{{string(b)}}
	case syntax.OpCapture, syntax.OpPlus:
		return literalsOf(re.Sub[0], depth+1)
	case syntax.OpConcat:
		var groups [][]string
		for _, sub := range re.Sub {
			groups = append(groups, literalsOf(sub, depth+1)...)
		}
		return groups
	case syntax.OpAlternate:
		var union []string
		for _, sub := range re.Sub {
			best := longestGroup(literalsOf(sub, depth+1))
			if best == nil {
				return nil
			}
			union = append(union, best...)
		}
		return [][]string{union}
	}
	return nil
}

// longestGroup picks the group whose shortest literal is longest.
func longestGroup(groups [][]string) (best []string) {
	bestLen := 0
	for _, g := range groups {
		shortest := len(g[0])
		for _, s := range g {
			shortest = min(shortest, len(s))
		}
		if shortest > bestLen {
			best, bestLen = g, shortest
		}
	}
	return best
}
