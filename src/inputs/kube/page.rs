//! One page of a Kubernetes list.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The objects of one page of a list.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct Page<T> {
    #[serde(deserialize_with = "or_default")]
    pub(super) items: Vec<T>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ListMeta {
    /// The continue token of the next page; absent or empty on the last page.
    #[serde(default, rename = "continue")]
    pub(super) next: String,
}

/// The continue token of the next page, and the extracted objects.
pub(super) type Parsed<K> = Result<(String, Vec<K>), serde_json::Error>;

/// Parses a page, extracting one object at a time: a node with its images, or a pod with its volumes, is many times
/// larger than what is kept of it.
pub(super) fn parsed<T: DeserializeOwned, K>(body: &[u8], extract: &impl Fn(T) -> Option<K>) -> Parsed<K> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let mut page = Kept { extract, object: PhantomData }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    page.1.shrink_to_fit();
    Ok(page)
}

/// The extracted objects of a page.
struct Kept<'f, T, F> {
    extract: &'f F,
    object: PhantomData<T>,
}

impl<'de, T: DeserializeOwned, K, F: Fn(T) -> Option<K>> DeserializeSeed<'de> for Kept<'_, T, F> {
    type Value = (String, Vec<K>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: DeserializeOwned, K, F: Fn(T) -> Option<K>> Visitor<'de> for Kept<'_, T, F> {
    type Value = (String, Vec<K>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut next, mut items) = (String::new(), None);
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Metadata => next = map.next_value::<ListMeta>()?.next,
                Key::Items => {
                    items = Some(map.next_value_seed(Items { extract: self.extract, object: PhantomData })?);
                }
                Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok((next, items.ok_or_else(|| A::Error::missing_field("items"))?))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Key {
    Metadata,
    Items,
    #[serde(other)]
    Other,
}

/// The objects of a page; Go writes an empty list as `null`.
struct Items<'f, T, F> {
    extract: &'f F,
    object: PhantomData<T>,
}

impl<'de, T: DeserializeOwned, K, F: Fn(T) -> Option<K>> DeserializeSeed<'de> for Items<'_, T, F> {
    type Value = Vec<K>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<K>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: DeserializeOwned, K, F: Fn(T) -> Option<K>> Visitor<'de> for Items<'_, T, F> {
    type Value = Vec<K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("objects or null")
    }

    fn visit_unit<E>(self) -> Result<Vec<K>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<K>, A::Error> {
        let mut kept = Vec::new();
        while let Some(object) = list.next_element::<T>()? {
            kept.extend((self.extract)(object));
        }
        Ok(kept)
    }
}

/// The continue token and the position of the first object, without parsing the objects: API servers write the token
/// before them. `None` if it is not there.
pub(super) fn head(body: &[u8]) -> Option<(String, usize)> {
    const ITEMS: &[u8] = b"\"items\":[";
    let head = &body[..body.len().min(16 << 10)];
    let at = head.windows(ITEMS.len()).position(|window| window == ITEMS)?;
    let head = [&head[..at], b"\"items\":[]}"].concat();
    let (next, _) = parsed(&head, &|_: IgnoredAny| None::<()>).ok()?;
    Some((next, at + ITEMS.len()))
}

/// Collects into a list that takes no more memory than it needs: `collect` alone may keep the whole allocation of the
/// list that it consumes.
pub(super) fn collect_exactly<T>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut list: Vec<T> = items.collect();
    list.shrink_to_fit();
    list
}

/// Go writes an empty list as `null` unless it omits it.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_pages_are_parsed() {
        let page = |text: &str| parsed(text.as_bytes(), &Some::<u32>);
        assert_eq!(page(r#"{"items":[1,2],"metadata":{"continue":"x"}}"#).unwrap(), ("x".to_owned(), vec![1, 2]));
        assert_eq!(page(r#"{"items":null,"metadata":{}}"#).unwrap(), (String::new(), vec![]));
        for text in [r#"{"kind":"Status"}"#, r#"{"items":[1"#, "<html>", "", r#"{"items":[1]}x"#, r#"{"items":{}}"#] {
            assert!(page(text).is_err(), "{text}");
        }
    }

    #[test]
    fn pages_have_no_spare_capacity() {
        let wide = vec![[7_u64; 9]; 100];
        let list = collect_exactly(wide.into_iter().filter_map(|numbers| numbers.first().copied()).take(3));
        assert_eq!((list.len(), list.capacity()), (3, 3));
    }

    #[test]
    fn the_head_of_a_page_has_the_continue_token() {
        let of = |text: &str| head(text.as_bytes()).map(|(next, items)| (next, text[items..].to_owned()));
        let found = |next: &str, rest: &str| Some((next.to_owned(), rest.to_owned()));
        assert_eq!(of(r#"{"kind":"PodList","metadata":{"continue":"abc"},"items":[{"a":"#), found("abc", r#"{"a":"#));
        assert_eq!(of(r#"{"metadata":{"resourceVersion":"1"},"items":[]}"#), found("", "]}"));
        let behind = r#"{"items":[],"metadata":{"continue":"abc"}}"#;
        assert_eq!(of(behind), found("", r#"],"metadata":{"continue":"abc"}}"#), "checked afterwards");
        assert_eq!(of("<html>"), None);
    }
}
