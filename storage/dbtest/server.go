package dbtest

// PrivateServer is the URL (without a database) of a MariaDB server that this process starts and that dies with it, for
// programs that are no tests, such as the benchmarks.
func PrivateServer() (string, error) { return privateServer() }
