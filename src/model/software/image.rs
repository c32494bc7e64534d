//! Identifies software from image names.

use super::image_table::{IMAGES, NamePart};
use super::known_software::KnownSoftware;
use super::reference::ImageReference;

/// The software that an image name identifies: the first known name in each part of it, and all known words. Empty
/// for a private name or a hash.
pub fn images_known(image: &str) -> Vec<&'static KnownSoftware> {
    let repository = ImageReference::new(image).repository.to_ascii_lowercase();
    let last = repository.rsplit('/').next().unwrap_or_default();
    let words: Vec<&str> = last.split(['-', '_', '.']).filter(|word| !word.is_empty()).collect();
    let fits = |place: NamePart, name: &str| match place {
        NamePart::Repository => {
            repository.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('/'))
        }
        NamePart::Publisher => repository.starts_with(name),
        NamePart::Image => last == name,
        NamePart::Word => words.contains(&name),
        NamePart::LastWord => words.len() > 1 && words.last() == Some(&name),
    };
    let mut found: Vec<(NamePart, &'static KnownSoftware)> = Vec::new();
    for (place, known) in IMAGES {
        let many = matches!(place, NamePart::Word | NamePart::LastWord);
        if fits(*place, known.name) && (many || found.iter().all(|(other, _)| other != place)) {
            found.push((*place, known));
        }
    }
    // Words add nothing to a name that its publisher chose.
    if found.iter().any(|(place, _)| matches!(place, NamePart::Repository | NamePart::Image)) {
        found.retain(|(place, _)| !matches!(place, NamePart::Word | NamePart::LastWord));
    }
    found.into_iter().map(|(_, known)| known).collect()
}

/// The row of the table with this name.
pub fn image_by_name(name: &str) -> Option<&'static KnownSoftware> {
    IMAGES.iter().map(|(_, known)| known).find(|known| known.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn says(image: &str) -> String {
        images_known(image).iter().map(|known| known.says()).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn well_known_image_names_are_identified() {
        for (image, said) in [
            ("python:3.12-slim", "python"),
            ("public.ecr.aws/docker/library/python:3.12", "python"),
            ("harbor.example/mirror/library/node:22", "nodejs"),
            ("gcr.io/distroless/python3-debian12", "python"),
            ("tiangolo/uvicorn-gunicorn-fastapi:python3.11", "python with fastapi"),
            ("mcr.microsoft.com/dotnet/aspnet:9.0", "dotnet with aspnetcore"),
            ("eclipse-temurin:21-jre", "jvm"),
            ("registry.example/shop/orders-gunicorn:4", "python with gunicorn"),
            ("registry.example/shop/orders-gin", "go with gin"),
            ("registry.example/shop/my_fastapi.app", "python with fastapi"),
            ("registry.example/mirror/nginx:1.29", "c"),
            ("registry.k8s.io/ingress-nginx/controller:v1.13.0", "infrastructure"),
            ("nvcr.io/nvidia/tritonserver:25.01-py3", "machine-learning"),
            ("apache/airflow:3.0.0", "etl"),
            ("vllm/vllm-openai:v0.9", "machine-learning"),
        ] {
            assert_eq!(says(image), said, "{image}");
        }
    }

    /// An ambiguous word, and a private name.
    #[test]
    fn ambiguous_and_private_names_identify_nothing() {
        for image in [
            "registry.example/shop/checkout-api:2026.11.3",
            "registry.example/echo:1",
            "registry.example/go",
            "registry.example/gin-palace-booking",
            "registry.example/eth-node",
            "registry.example/spring-sale",
            "registry.example/vector",
            "registry.example/pythonic",
            "image-0123456789abcdef",
            "sha256:0123",
            "",
        ] {
            assert_eq!(says(image), "", "{image}");
        }
        // A tag identifies nothing.
        assert_eq!(says("registry.example/shop/web:python"), "");
    }

    #[test]
    fn each_image_name_is_in_the_table_once() {
        let names: BTreeSet<&str> = IMAGES.iter().map(|(_, known)| known.name).collect();
        assert_eq!(names.len(), IMAGES.len());
        assert!(IMAGES.iter().all(|(_, known)| image_by_name(known.name) == Some(known)));
    }
}
