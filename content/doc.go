// Package content turns a template and the data of one customer into a message that a channel can send. It is pure: the
// only clock is the one it is given for its time budget.
//
// The language is Liquid, cut down to an allow-list (tags.go, filters.go): if, unless, case, for, capture, assign,
// comment, raw, break, continue, and some forty filters. There is no include, no file, no environment, nothing that
// reaches outside the bindings, and the bindings are plain maps, lists, strings, numbers and times.
//
// Three contexts: HTML bodies escape every output (there is no way to switch that off), subject lines and plain text
// do not escape but are stripped of what could break a header. After rendering, HTML passes a guard (guard.go) that
// drops scripts, event handlers and URLs of schemes other than http, https, mailto, tel and cid: a customer's field may
// end up in an href.
//
// Every render has a budget (Limits): steps, time, output, and memory made by filters. A loop that prints nothing is
// counted like any other. Running out of it, a panic inside the library, or any error of the template is an *Error for
// this one message.
//
// Lint says what is wrong with a template before it is saved; Compile keeps the parsed form; Message renders all parts.
package content
