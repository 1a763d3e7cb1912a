package sigma

import "go.yaml.in/yaml/v3"

// expand copies a node with its aliases written out and merge keys merged. It
// returns nil after an error that leaves nothing to go on with.
func (r *reader) expand(n *yaml.Node, depth int) *yaml.Node {
	if !r.spend(n, depth) {
		return nil
	}
	if n.Kind == yaml.AliasNode {
		return r.expand(n.Alias, depth+1)
	}
	out := *n
	out.Content = nil
	var merges []*yaml.Node
	for i, c := range n.Content {
		e := r.expand(c, depth+1)
		if e == nil {
			return nil
		}
		if n.Kind == yaml.MappingNode && n.Content[i&^1].ShortTag() == "!!merge" {
			if i%2 == 1 {
				merges = append(merges, e)
			}
			continue
		}
		out.Content = append(out.Content, e)
	}
	for _, m := range merges {
		r.merge(&out, m)
	}
	return &out
}

// merge adds to a mapping the keys of a merge value that it has not itself.
func (r *reader) merge(into, from *yaml.Node) {
	switch from.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(from.Content); i += 2 {
			if key := from.Content[i]; child(into, key.Value) == nil {
				into.Content = append(into.Content, key, from.Content[i+1])
			}
		}
	case yaml.SequenceNode:
		for _, m := range from.Content {
			r.merge(into, m)
		}
	default:
		r.fail(from, "merge a mapping", "the merge key << has no mapping")
	}
}
