//! The macros that generated types are written with.

use keyfob_runtime::ConversionError;

#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum State {
    Running,
    Error,
    Unknown(String),
}

keyfob_runtime::open_enum!(State, Unknown, {
    Running = "running",
    Error = "error",
});

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Sort {
    Ascending,
    Err,
}

keyfob_runtime::closed_enum!(Sort, {
    Ascending = "asc",
    Err = "err",
});

mod builder {
    keyfob_runtime::type_builder!(Thing {
        name: required String,
        size: optional u8,
        tags: defaulted Vec<String>,
    });
}

#[derive(Clone, Debug, PartialEq)]
struct Thing {
    name: String,
    size: Option<u8>,
    tags: Vec<String>,
}

#[test]
fn an_open_enum_keeps_what_the_description_does_not_name() {
    let states: Vec<State> = serde_json::from_str(r#"["running", "error", "melted"]"#).unwrap();
    assert_eq!(
        states,
        [
            State::Running,
            State::Error,
            State::Unknown("melted".to_owned())
        ]
    );
    assert_eq!(
        serde_json::to_string(&states).unwrap(),
        r#"["running","error","melted"]"#
    );
    assert_eq!("running".parse(), Ok(State::Running));
}

#[test]
fn a_closed_enum_refuses_what_it_does_not_list() {
    assert_eq!(Sort::try_from("err"), Ok(Sort::Err));
    let refused = Sort::try_from("ASC").unwrap_err();
    assert_eq!(refused.to_string(), r#"it is not one of "asc", "err""#);
    assert!(serde_json::from_str::<Sort>(r#""ASC""#).is_err());
    assert_eq!(Sort::Ascending.to_string(), "asc");
}

#[test]
fn a_builder_collects_members_and_tells_the_first_problem() {
    let thing = Thing::try_from(Thing::builder().name("a").size(3u8)).unwrap();
    let expected = Thing {
        name: "a".to_owned(),
        size: Some(3),
        tags: Vec::new(),
    };
    assert_eq!(thing, expected);
    let missing: Result<Thing, ConversionError> = Thing::builder().size(3u8).try_into();
    assert_eq!(
        missing.unwrap_err().to_string(),
        "no value supplied for name"
    );
    let wrong = Thing::try_from(Thing::builder().size(300i32).name("a")).unwrap_err();
    assert!(wrong.to_string().starts_with("size: "), "{wrong}");
    let edited = Thing::try_from(builder::Thing::from(thing).tags(vec!["x".to_owned()])).unwrap();
    assert_eq!(
        edited,
        Thing {
            tags: vec!["x".to_owned()],
            ..expected
        }
    );
}

#[cfg(feature = "schemars")]
#[test]
fn the_values_of_a_closed_enum_are_in_its_schema() {
    let schema =
        |schema: schemars::schema::RootSchema| schema.schema.enum_values.map(|values| values.len());
    assert_eq!(schema(schemars::schema_for!(Sort)), Some(2));
    assert_eq!(schema(schemars::schema_for!(State)), None);
}
