//! Visits the members of a JSON object or the items of an array one at a time, so that a list is never completely in
//! memory.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Passes name and value of each member of an object to a function.
pub(super) struct Members<T, F> {
    each: F,
    value: PhantomData<T>,
}

/// Passes each item of an array to a function.
pub(super) struct Items<T, F> {
    each: F,
    value: PhantomData<T>,
}

/// The members of an object; the function may refuse one with a message.
pub(super) const fn members<T, F: FnMut(String, T) -> Result<(), String>>(each: F) -> Members<T, F> {
    Members { each, value: PhantomData }
}

/// The items of an array; the function may refuse one with a message.
pub(super) const fn items<T, F: FnMut(T) -> Result<(), String>>(each: F) -> Items<T, F> {
    Items { each, value: PhantomData }
}

impl<'de, T: DeserializeOwned, F: FnMut(String, T) -> Result<(), String>> DeserializeSeed<'de> for Members<T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: DeserializeOwned, F: FnMut(String, T) -> Result<(), String>> Visitor<'de> for Members<T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry()? {
            (self.each)(name, value).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

impl<'de, T: DeserializeOwned, F: FnMut(T) -> Result<(), String>> DeserializeSeed<'de> for Items<T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: DeserializeOwned, F: FnMut(T) -> Result<(), String>> Visitor<'de> for Items<T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(value) = seq.next_element()? {
            (self.each)(value).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}
