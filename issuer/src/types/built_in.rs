//! The files of the built-in types, as they stand in `schemas/`.

pub(super) const FILES: &[(&str, &str)] = &[
    ("driver-licence/card.svg", include_str!("../../../schemas/driver-licence/card.svg")),
    ("driver-licence/context.jsonld", include_str!("../../../schemas/driver-licence/context.jsonld")),
    ("driver-licence/schema.json", include_str!("../../../schemas/driver-licence/schema.json")),
    ("driver-licence/type-metadata.json", include_str!("../../../schemas/driver-licence/type-metadata.json")),
    ("entry-pass/card.svg", include_str!("../../../schemas/entry-pass/card.svg")),
    ("entry-pass/context.jsonld", include_str!("../../../schemas/entry-pass/context.jsonld")),
    ("entry-pass/schema.json", include_str!("../../../schemas/entry-pass/schema.json")),
    ("entry-pass/type-metadata.json", include_str!("../../../schemas/entry-pass/type-metadata.json")),
    (
        "professional-registration/card.svg",
        include_str!("../../../schemas/professional-registration/card.svg"),
    ),
    (
        "professional-registration/context.jsonld",
        include_str!("../../../schemas/professional-registration/context.jsonld"),
    ),
    (
        "professional-registration/schema.json",
        include_str!("../../../schemas/professional-registration/schema.json"),
    ),
    (
        "professional-registration/type-metadata.json",
        include_str!("../../../schemas/professional-registration/type-metadata.json"),
    ),
    ("student-id/card.svg", include_str!("../../../schemas/student-id/card.svg")),
    ("student-id/context.jsonld", include_str!("../../../schemas/student-id/context.jsonld")),
    ("student-id/schema.json", include_str!("../../../schemas/student-id/schema.json")),
    ("student-id/type-metadata.json", include_str!("../../../schemas/student-id/type-metadata.json")),
    ("technical-qualification/card.svg", include_str!("../../../schemas/technical-qualification/card.svg")),
    (
        "technical-qualification/context.jsonld",
        include_str!("../../../schemas/technical-qualification/context.jsonld"),
    ),
    (
        "technical-qualification/schema.json",
        include_str!("../../../schemas/technical-qualification/schema.json"),
    ),
    (
        "technical-qualification/type-metadata.json",
        include_str!("../../../schemas/technical-qualification/type-metadata.json"),
    ),
];
