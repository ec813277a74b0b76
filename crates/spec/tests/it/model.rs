//! What a checked description says.

use keyfob_spec::{
    BasicEncoding, Condition, Expression, Location, Operand, Operator, Piece, Presentation, Status,
    StepCredentialValue, Template,
};

use crate::lamp::Lamp;

#[test]
fn operations_gather_what_path_document_and_references_say() {
    let spec = Lamp::new()
        .edited(&[
            ("    get:", "    servers: [{url: /lamps-only}]\n    parameters:\n      - {name: id, in: path, required: true, description: Of the path., schema: {type: integer}}\n      - {name: tags, in: query, schema: {type: array, items: {type: string}}}\n      - {name: filter, in: query, content: {application/json: {schema: {type: object}}}}\n    get:"),
            ("schema: {type: string}\n      x-success", "schema: {type: string}\n          example: lamp-1\n      x-success"),
        ])
        .read()
        .unwrap_or_else(|error| panic!("{error}"));
    let operation = spec.operation("get_lamp").unwrap();
    assert_eq!(
        (operation.method.as_str(), operation.path.as_str()),
        ("GET", "/lamps/{id}")
    );
    assert_eq!(operation.servers[0].url, "/lamps-only");
    assert_eq!(operation.security[0][0].scheme, "oauth");
    let described: Vec<_> = operation
        .parameters
        .iter()
        .map(|known| {
            (
                known.name.as_str(),
                known.location,
                known.style.as_str(),
                known.explode,
            )
        })
        .collect();
    assert_eq!(
        described,
        [
            ("tags", Location::Query, "form", true),
            ("filter", Location::Query, "form", true),
            ("id", Location::Path, "simple", false),
        ]
    );
    assert_eq!(
        operation.parameters[1].media_type.as_deref(),
        Some("application/json")
    );
    assert_eq!(operation.parameters[2].example, Some("lamp-1".into()));
    assert_eq!(operation.responses[0].status, Status::Code(200));
}

#[test]
fn an_empty_list_of_requirements_asks_for_nothing() {
    let spec = Lamp::new().read().unwrap();
    assert!(spec.operation("create_token").unwrap().security.is_empty());
}

#[test]
fn schemes_say_where_a_credential_stands() {
    let spec = Lamp::new()
        .edited(&[(
            "    key: {",
            "    word: {type: http, scheme: Lamp}\n    bearer: {type: http, scheme: BEARER}\n    openid: {type: openIdConnect, openIdConnectUrl: 'https://lamp.example/'}\n    query: {type: apiKey, in: query, name: k}\n    cookie: {type: apiKey, in: cookie, name: k}\n    key: {",
        )])
        .read()
        .unwrap_or_else(|error| panic!("{error}"));
    let presented = |name: &str| spec.scheme(name).unwrap().presentation.clone();
    assert_eq!(presented("oauth"), Presentation::Word("Bearer".to_owned()));
    assert_eq!(presented("openid"), Presentation::Word("Bearer".to_owned()));
    assert_eq!(presented("bearer"), Presentation::Word("Bearer".to_owned()));
    assert_eq!(presented("word"), Presentation::Word("Lamp".to_owned()));
    assert_eq!(presented("basic"), Presentation::Basic);
    assert_eq!(presented("key"), Presentation::Header("X-Key".to_owned()));
    assert_eq!(presented("query"), Presentation::Query("k".to_owned()));
    assert_eq!(presented("cookie"), Presentation::Cookie("k".to_owned()));
}

#[test]
fn inputs_say_what_is_required_secret_and_exemplary() {
    let spec = Lamp::new()
        .edited(&[
            ("scope: {type: string}\n    steps", "scope: {$ref: '#/components/inputs/scope', description: Wider.}\n    steps"),
            ("workflows:\n", "components: {inputs: {scope: {type: string, default: all, description: A scope.}}}\nworkflows:\n"),
        ])
        .read()
        .unwrap_or_else(|error| panic!("{error}"));
    let inputs = &spec.workflow("client_credentials").unwrap().inputs;
    let said: Vec<_> = inputs
        .iter()
        .map(|input| {
            (
                input.name.as_str(),
                input.required,
                input.secret,
                input.example.clone(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            ("client_id", true, false, Some("id".into())),
            ("client_secret", true, true, Some("secret".into())),
            ("scope", false, false, Some("all".into())),
        ]
    );
    assert_eq!(inputs[2].description, "Wider.");
    assert_eq!(inputs[2].schema.get("type"), Some(&"string".into()));
    assert!(inputs[2].schema.get("$ref").is_none());
}

#[test]
fn templates_keep_types_and_find_embedded_expressions() {
    let spec = Lamp::new()
        .edited(&[(
            "scope: $inputs.scope",
            "scope: 'a{$inputs.scope}b{c}{$inputs.client_id}'",
        )])
        .read()
        .unwrap_or_else(|error| panic!("{error}"));
    let body = spec.workflows[0].steps[0].body.as_ref().unwrap();
    let Template::Object(members) = &body.value else {
        panic!("{body:?}")
    };
    assert_eq!(
        members[0].1,
        Template::String("client_credentials".to_owned())
    );
    assert_eq!(
        members[1].1,
        Template::Expression(Expression::Input("client_id".to_owned()))
    );
    assert_eq!(
        members[3].1,
        Template::Text(vec![
            Piece::Text("a".to_owned()),
            Piece::Expression(Expression::Input("scope".to_owned())),
            Piece::Text("b{c}".to_owned()),
            Piece::Expression(Expression::Input("client_id".to_owned())),
        ])
    );
}

#[test]
fn conditions_bind_as_written() {
    let spec = Lamp::new()
        .edited(&[(
            "condition: $statusCode == 200",
            "condition: $statusCode>=200&&$statusCode < 300 || !($response.body#/error) && 'it''s'!=$response.header.X-Plan || -1.5 <= null",
        )])
        .read()
        .unwrap_or_else(|error| panic!("{error}"));
    let status = || Operand::Expression(Expression::StatusCode);
    let compare = |left, operator, right| Condition::Compare {
        left,
        operator,
        right,
    };
    let expected = Condition::Any(vec![
        Condition::All(vec![
            compare(status(), Operator::GreaterOrEqual, Operand::Number(200.0)),
            compare(status(), Operator::Less, Operand::Number(300.0)),
        ]),
        Condition::All(vec![
            Condition::Not(Box::new(Condition::Holds(Operand::Expression(
                Expression::Body("/error".to_owned()),
            )))),
            compare(
                Operand::String("it's".to_owned()),
                Operator::NotEqual,
                Operand::Expression(Expression::Header("X-Plan".to_owned())),
            ),
        ]),
        compare(Operand::Number(-1.5), Operator::LessOrEqual, Operand::Null),
    ]);
    assert_eq!(spec.workflows[0].steps[0].success, [expected]);
}

#[test]
fn basic_in_a_token_request_is_form_urlencoded_unless_the_scheme_says_otherwise() {
    let security = ("security: []", "security: [{basic: []}, {}]");
    let step = (
        "- stepId: token\n",
        "- stepId: token\n        x-security: [{schemeName: basic, values: {username: $inputs.client_id, password: p}}]\n",
    );
    let plain = (
        "basic: {type: http, scheme: basic}",
        "basic: {type: http, scheme: basic, x-basic-encoding: plain}",
    );
    let no_grant = ("            grant_type: client_credentials\n", "");
    let optional = ("required: [grant_type, client_id]", "required: [client_id]");
    let cases: [(&[_], _); 3] = [
        (&[security, step], BasicEncoding::Form),
        (&[security, step, plain], BasicEncoding::Plain),
        (&[security, step, no_grant, optional], BasicEncoding::Plain),
    ];
    for (edits, expected) in cases {
        let spec = Lamp::new()
            .edited(edits)
            .read()
            .unwrap_or_else(|error| panic!("{error}"));
        let credential = &spec.workflows[0].steps[0].credentials[0];
        assert_eq!(credential.presentation, Presentation::Basic);
        let StepCredentialValue::Basic { encoding, .. } = credential.value else {
            panic!("{credential:?}")
        };
        assert_eq!(encoding, expected, "{edits:?}");
    }
}

#[test]
fn an_input_called_code_is_good_once() {
    let spec = Lamp::new()
        .edited(&[
            (
                "scope: {type: string}\n    steps",
                "code: {type: string}\n    steps",
            ),
            ("            scope: $inputs.scope\n", ""),
        ])
        .read()
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(spec.workflows[0].single_use);
    assert!(!spec.workflows[1].single_use);
}

#[test]
fn an_api_without_workflows_is_an_api() {
    let mut lamp = Lamp::new();
    lamp.files.remove(1);
    assert!(lamp.read().unwrap().workflows.is_empty());
}
