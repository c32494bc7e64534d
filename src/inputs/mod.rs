//! The world as plain values: everything that reads a file lives here.
