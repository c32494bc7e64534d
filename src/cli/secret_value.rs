//! Parser for option values that may contain a secret, so that no error message repeats them.

use std::ffi::OsStr;
use std::marker::PhantomData;
use std::str::FromStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

/// Parses a value that may contain a secret. Unlike clap's own parsers, it does not repeat the value in its error.
pub(super) struct SecretValueParser<T>(PhantomData<fn() -> T>);

impl<T> SecretValueParser<T> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Clone for SecretValueParser<T> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<T: FromStr<Err = String> + Clone + Send + Sync + 'static> TypedValueParser for SecretValueParser<T> {
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        let parsed = value.to_str().ok_or_else(|| "it is not UTF-8 text".to_owned()).and_then(str::parse);
        parsed.map_err(|why| {
            let flag = arg.map_or_else(String::new, |arg| format!(" for '{arg}'"));
            Error::raw(ErrorKind::ValueValidation, format!("invalid value{flag}: {why}\n")).with_cmd(command)
        })
    }
}
