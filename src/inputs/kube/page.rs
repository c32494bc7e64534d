use serde::{Deserialize, Deserializer};

/// One page of a list.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct Page<T> {
    #[serde(default)]
    pub(super) metadata: ListMeta,
    #[serde(deserialize_with = "or_default")]
    pub(super) items: Vec<T>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ListMeta {
    /// Where the next page begins; absent or empty on the last.
    #[serde(default, rename = "continue")]
    pub(super) next: String,
}

/// Go writes an empty list as `null` where it does not leave it out.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let page = |text: &str| serde_json::from_str::<Page<u32>>(text).map(|p| (p.metadata.next, p.items));
        assert_eq!(page(r#"{"items":[1,2],"metadata":{"continue":"x"}}"#).unwrap(), ("x".to_owned(), vec![1, 2]));
        assert_eq!(page(r#"{"items":null,"metadata":{}}"#).unwrap(), (String::new(), vec![]));
        for text in [r#"{"kind":"Status"}"#, r#"{"items":[1"#, "<html>", ""] {
            assert!(page(text).is_err(), "{text}");
        }
    }
}
