package importer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"sojourn/fault"
	"sojourn/storage"
)

// Limits of a file.
const (
	maxRecordBytes = 1 << 20 // one row; more is an unclosed quote
	maxColumns     = 300
	readAhead      = 64 << 10
)

// reader hands out the rows of a file from a place on.
type reader struct {
	file   *os.File
	bound  *bound
	csv    *csv.Reader
	header []string
	base   int64 // offset at which csv began
	lines  int64 // lines before base
}

// bound stops a read that goes on for more than one record may have.
type bound struct {
	r    io.Reader
	left int
}

var errRecordTooLong = errors.New("a row is longer than 1 MiB; is a quote not closed?")

func (b *bound) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errRecordTooLong
	}
	n, err := b.r.Read(p)
	b.left -= n
	return n, err
}

// openFile reads the header. The error is fault.Invalid for a file that can't be one of ours.
func openFile(path string) (*reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "open the file")
	}
	r := &reader{file: f}
	if err := r.readHeader(); err != nil {
		_ = f.Close()
		return nil, err
	}
	return r, nil
}

func (r *reader) close() { _ = r.file.Close() }

func (r *reader) readHeader() error {
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(r.file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return fault.Wrap(fault.Invalid, err, "read the file")
	}
	head = head[:n]
	var skip int64
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		skip = 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return fault.New(fault.Invalid, "the file is UTF-16; save it as UTF-8")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return fault.New(fault.Invalid, "the file is packed; unpack it first (a spreadsheet has to be saved as CSV)")
	}
	comma := separator(head[skip:])
	if err := r.begin(skip, 0, comma); err != nil {
		return err
	}
	r.csv.FieldsPerRecord = 0
	header, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "the file is empty; the first line has to name the columns")
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the first line can't be read")
	}
	if len(header) > maxColumns {
		return fault.New(fault.Invalid, "the file has %d columns; at most %d", len(header), maxColumns)
	}
	for _, h := range header {
		r.header = append(r.header, strings.TrimSpace(strings.Clone(h)))
	}
	return nil
}

// begin starts reading at an offset that is the beginning of a row.
func (r *reader) begin(offset, lines int64, comma rune) error {
	if _, err := r.file.Seek(offset, io.SeekStart); err != nil {
		return fault.Wrap(fault.Invalid, err, "go to byte %d of the file", offset)
	}
	r.bound = &bound{r: r.file, left: maxRecordBytes + readAhead}
	r.csv = csv.NewReader(bufio.NewReaderSize(r.bound, readAhead))
	r.csv.Comma, r.csv.ReuseRecord, r.csv.FieldsPerRecord = comma, true, len(r.header)
	r.base, r.lines = offset, lines
	return nil
}

// seek goes on at an offset where an earlier run stopped; 0 is behind the header.
func (r *reader) seek(offset int64) error {
	if offset == 0 {
		return nil
	}
	lines, err := r.countLines(offset)
	if err != nil {
		return err
	}
	return r.begin(offset, lines, r.csv.Comma)
}

func (r *reader) countLines(to int64) (int64, error) {
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	var lines int64
	buf := make([]byte, 256<<10)
	in := io.LimitReader(r.file, to)
	for {
		n, err := in.Read(buf)
		lines += int64(bytes.Count(buf[:n], []byte{'\n'}))
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return 0, fault.Wrap(fault.Invalid, err, "read the file")
		}
	}
}

// separator is the sign that the first line has most of, outside of quotes.
func separator(head []byte) rune {
	count := map[byte]int{}
	quoted := false
	for _, c := range head {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			return mostOf(count)
		case !quoted:
			count[c]++
		}
	}
	return mostOf(count)
}

func mostOf(count map[byte]int) rune {
	best := byte(',')
	for _, c := range []byte{';', '\t'} {
		if count[c] > count[best] {
			best = c
		}
	}
	return rune(best)
}

// next returns the next row with its line. A row that can't be read comes back as bad; io.EOF is the end; any other
// error makes going on impossible.
func (r *reader) next() (fields []string, line int64, bad *storage.RowError, err error) {
	r.bound.left = maxRecordBytes + readAhead
	before := r.csv.InputOffset()
	fields, err = r.csv.Read()
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return nil, 0, nil, io.EOF
	case errors.Is(err, errRecordTooLong):
		at, _ := r.countLines(r.base + before)
		return nil, 0, nil, fault.Wrap(fault.Invalid, err, "after line %d: %v", at, errRecordTooLong)
	case errors.As(err, &parse):
		line = r.lines + int64(parse.StartLine)
		message := parse.Err.Error()
		if errors.Is(parse.Err, csv.ErrFieldCount) {
			message = fmt.Sprintf("%d columns, the header has %d", len(fields), len(r.header))
		}
		return nil, line, &storage.RowError{Line: line, Message: message}, nil
	case err != nil:
		return nil, 0, nil, fault.Wrap(fault.Invalid, err, "read the file")
	}
	first, _ := r.csv.FieldPos(0)
	line = r.lines + int64(first)
	for i, f := range fields {
		if !utf8.ValidString(f) {
			return nil, line, &storage.RowError{Line: line, Column: r.header[i], Message: "not UTF-8"}, nil
		}
		if strings.IndexByte(f, 0) >= 0 {
			return nil, line, &storage.RowError{Line: line, Column: r.header[i], Message: "holds a NUL character"}, nil
		}
	}
	return fields, line, nil, nil
}

// offset is where the next row begins.
func (r *reader) offset() int64 { return r.base + r.csv.InputOffset() }
