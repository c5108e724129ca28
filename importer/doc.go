// Package importer reads CSV files of customers and orders into the database: `sojourn import customers|orders|objects FILE.csv`
// and `sojourn import entries JOURNEY FILE.csv`.
//
// Files are streamed: memory does not grow with them. The first line names the columns, in any order; comma, semicolon
// and tab are told apart by it. Text is UTF-8, with or without a byte order mark.
//
// customers: user_id, and any of email, phone, locale, timezone, country, birthday, created_at; consent_CHANNEL_PURPOSE
// (granted, withdrawn, pending) with consent_at; each other column becomes an attribute. Numbers, true and false are
// kept as such; "plan:text" in the header (or :number, :boolean) says otherwise. An empty cell changes nothing.
// orders: order_id, user_id, placed_at, value (major units, 29.33), and any of currency, items. Orders in a currency other than the
// workspace's are stored, but count nothing in orders_value; the report says how many and where the first one is.
// objects: object_type, object_key, user_id, and any of status, product, changed_at; date_NAME is a date, each other
// column a property. A row is an event "Object Changed" of the past: it goes through the same merge as any other, moves no
// run, and is applied by the server; date entries find its dates.
// entries: user_id or email, and any of key; each other column is data of the run. Who does not enter is a bad row.
// Moments without a zone are in the workspace's zone.
//
// A row that can't be used is reported with line and column, and left out; the rest goes on. The place in the file is
// stored together with the rows, so a second start of the same file goes on where the first one ended, and a third one
// finds that all is done. Customers, orders and objects are history: no journey moves. At the end the metrics of the customers
// concerned are rebuilt.
//
// Run is the work, Main what the command line prints around it.
package importer
