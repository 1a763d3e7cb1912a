// Package netlink lists the sockets of this network namespace, with their owners
// and traffic, by asking the kernel's sock_diag over netlink (sock_diag(7)); where
// that is refused it reads /proc/net instead, and where TCP sockets are many it has
// them listed in a faster way, if it is given one.
//
// The codec (bytes to sockets) is apart from the netlink socket, so that a fake
// kernel can stand in for it. The package knows the kernel's interfaces and which
// process holds which socket. It must not know what a process is beyond its key,
// and never judges or shows anything.
package netlink
