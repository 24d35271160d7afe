// Package peers lets other clients of Salesforce, unmodified, talk to the
// simulated one, and measures them against ours.
//
// It is a module of its own, so that the program does not depend on them.
package peers
