#!/bin/sh
# Stands in for a server that never answers; ends with its standard input.
echo "still thinking"
exec cat
