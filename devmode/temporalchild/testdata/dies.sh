#!/bin/sh
# Stands in for a server that dies while starting.
echo "first line"
echo "boom: no space left" >&2
exit 7
