// Package sigma loads Sigma rules and matches events against them.
//
// The way of a rule is parse → compile → match. Parsing turns YAML into a Rule
// whose detection is a tree of conditions over field values, as the Sigma
// specification version 2 defines them. Compiling makes a Set: it applies
// filters, resolves correlations and derives from every rule literals of which
// at least one must occur in an event that matches. Matching looks an event's
// values up in one hash index and runs its text through one Aho-Corasick
// automaton; only the rules these name are evaluated in full.
//
// The package knows Sigma and nothing else: not where events come from, what a
// finding is, or how results are shown. Rule files and events are untrusted,
// and every size is bounded.
package sigma
