// Package faultpoint marks the places where a process may die at the worst moment. In an ordinary build a point does
// nothing and costs nothing; built with the tag `chaos` it reads SOJOURN_FAULT and acts:
//
//	SOJOURN_FAULT=send.after_250:kill       kill -9 of itself at the first passage
//	SOJOURN_FAULT=send.after_250:kill:3     … at the third
//	SOJOURN_FAULT=router.after_commit:stop  SIGSTOP of itself (a zombie, until somebody sends SIGCONT)
//	SOJOURN_FAULT=send.after_gate:error     the point returns an error
//	SOJOURN_FAULT=send.before_fence:delay=4s
//
// Several are separated by commas. Points are package variables made with New, so that a test that imports the packages
// can enumerate them (All). SOJOURN_PLANT names planted bugs (Planted), by which the auditor shows that it sees them.
package faultpoint
