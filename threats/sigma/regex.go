package sigma

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
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
	return literalsOf(tree.Simplify(), 0).groups()
}

// literals is what is known of the texts that a part of an expression matches:
// all of them, where they are few, or groups of which each has one in every text.
type literals struct {
	exact    []string // nil when the texts are not known
	required [][]string
}

// maxExact bounds the texts that are followed exactly.
const maxExact = 24

// groups is all that is known as groups.
func (l literals) groups() [][]string {
	if l.exact == nil || slices.Contains(l.exact, "") {
		return l.required
	}
	return append(l.required[:len(l.required):len(l.required)], l.exact)
}

func literalsOf(re *syntax.Regexp, depth int) literals {
	if depth > 50 {
		return literals{}
	}
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return literals{exact: []string{""}}
	case syntax.OpLiteral:
		var b []byte
		for _, r := range re.Rune {
			if r == utf8.RuneError { // stands for any byte that is not UTF-8
				return literals{}
			}
			b = utf8.AppendRune(b, foldRune(r))
		}
		return literals{exact: []string{string(b)}}
	case syntax.OpCharClass:
		return classLiterals(re.Rune)
	case syntax.OpCapture:
		return literalsOf(re.Sub[0], depth+1)
	case syntax.OpQuest:
		if of := literalsOf(re.Sub[0], depth+1); of.exact != nil {
			return literals{exact: distinct(append(of.exact, ""))}
		}
	case syntax.OpPlus:
		return literals{required: literalsOf(re.Sub[0], depth+1).groups()}
	case syntax.OpConcat:
		return concatLiterals(re.Sub, depth)
	case syntax.OpAlternate:
		return alternateLiterals(re.Sub, depth)
	}
	return literals{}
}

// classLiterals lists the characters of a small class, given by its ranges.
func classLiterals(ranges []rune) literals {
	var exact []string
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if len(exact) == maxExact || r == utf8.RuneError {
				return literals{}
			}
			exact = append(exact, string(foldRune(r)))
		}
	}
	return literals{exact: distinct(exact)}
}

// concatLiterals joins the texts of neighbours as long as they are few.
func concatLiterals(subs []*syntax.Regexp, depth int) literals {
	var required [][]string
	run, whole := []string{""}, true
	end := func() {
		required = literals{exact: run, required: required}.groups()
		run, whole = []string{""}, false
	}
	for _, sub := range subs {
		of := literalsOf(sub, depth+1)
		required = append(required, of.required...)
		switch {
		case of.exact == nil:
			end()
		case len(run)*len(of.exact) > maxExact:
			end()
			run = of.exact
		default:
			var joined []string
			for _, a := range run {
				for _, b := range of.exact {
					joined = append(joined, a+b)
				}
			}
			run = distinct(joined)
		}
	}
	if whole {
		return literals{exact: run}
	}
	end()
	return literals{required: required}
}

// alternateLiterals joins what is known of each alternative.
func alternateLiterals(subs []*syntax.Regexp, depth int) literals {
	var exact, union []string
	few, all := true, true // exact and union hold something of every alternative
	for _, sub := range subs {
		of := literalsOf(sub, depth+1)
		few = few && of.exact != nil && len(exact)+len(of.exact) <= maxExact
		exact = append(exact, of.exact...)
		best := longestGroup(of.groups())
		all = all && best != nil
		union = append(union, best...)
	}
	switch {
	case few:
		return literals{exact: distinct(exact)}
	case all:
		return literals{required: [][]string{union}}
	}
	return literals{}
}

func distinct(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
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
