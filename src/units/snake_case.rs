//! Names of labels and tags in the spelling of systems that allow only small letters and `_`.

/// A key in lower case, with `_` for every character that is not a letter or digit of ASCII, and before capital letters
/// that follow a small letter or a digit: `aws:createdBy` is `aws_created_by`.
pub fn snake_case(key: &str) -> String {
    let mut name = String::new();
    let mut after_small = false;
    for c in key.chars() {
        if c.is_ascii_uppercase() && after_small {
            name.push('_');
        }
        name.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
        after_small = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    name
}
