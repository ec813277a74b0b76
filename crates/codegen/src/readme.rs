//! `README.md` of a client crate, which is also its front page in the documentation.

use keyfob_spec::Spec;
use keyfob_spec::model::{Operation, Presentation, Scheme, Server, ServerVariable};

use crate::auth::{Door, Kind, doors, scheme_variant};
use crate::documentation::{cell, code, lines, source};
use crate::names::{library_name, package_name, value_name};
use crate::print::COMMAND;
use crate::unsupported::LeftOut;

/// The text of `README.md`.
pub(crate) fn render(spec: &Spec, left_out: &[LeftOut]) -> String {
    let sections = [
        heading(spec),
        example(spec),
        credentials(spec),
        servers(spec),
        operations(spec),
        unsupported(left_out),
        assumptions(spec),
        features(),
    ];
    let text = sections.into_iter().filter(|section| !section.is_empty());
    text.collect::<Vec<_>>().join("\n") + &footer(spec)
}

/// The operations that the client does not have.
fn unsupported(left_out: &[LeftOut]) -> String {
    if left_out.is_empty() {
        return String::new();
    }
    let mut text = "## Left out\n\nThe document has these operations too; no Rust can be made of \
                    them yet.\n\n| operation | why |\n| --- | --- |\n"
        .to_string();
    for one in left_out {
        text.push_str(&format!(
            "| {} | {} |\n",
            code(&one.name),
            cell(&one.reason)
        ));
    }
    text
}

fn heading(spec: &Spec) -> String {
    let description: String = lines(&spec.description)
        .iter()
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect();
    let gap = if description.is_empty() { "" } else { "\n" };
    format!(
        "# {package}\n\n{title}: a typed client that gets, renews and presents its own token.\n{gap}{description}",
        package = package_name(&spec.name),
        title = cell(&spec.title),
    )
}

/// A program that makes one call, or where every call wants arguments gets the header for it;
/// compiled by the documentation tests.
fn example(spec: &Spec) -> String {
    let doors = doors(spec);
    let operation = spec
        .operations
        .iter()
        .find(|operation| is_simple(spec, operation));
    let asked = operation.map_or(Vec::new(), |operation| doors_of(&doors, operation));
    let chosen = if asked.is_empty() {
        doors.first().into_iter().collect()
    } else {
        asked
    };
    let scheme = chosen
        .first()
        .and_then(|door| scheme_variant(spec, door.scheme()));
    let given = with_borrowed(&chosen, &doors);
    let credentials: String = given
        .iter()
        .map(|door| format!("        .credentials({}::from_env()?)\n", door.name))
        .collect();
    let mut names = vec!["Client"];
    names.extend(given.iter().map(|door| door.name.as_str()));
    let call = match (operation, scheme) {
        (Some(operation), _) => format!(
            "    let answer = client.{}().send().await?;\n    println!(\"{{}}\", answer.status());\n",
            value_name(&operation.id)
        ),
        (None, Some(scheme)) => {
            names.push("Scheme");
            format!(
                "    let header = client.authorization(Scheme::{scheme}).await?;\n    \
                 println!(\"{{header:?}}\"); // its shape, never its value\n"
            )
        }
        (None, None) => return String::new(),
    };
    format!(
        "```rust,no_run\n\
         use {library}::{{{names}}};\n\n\
         async fn example() -> Result<(), Box<dyn std::error::Error>> {{\n    \
             let client = Client::builder()\n\
         {credentials}{server}        .build()?;\n\
         {call}    Ok(())\n\
         }}\n\
         ```\n",
        library = library_name(&spec.name),
        names = names.join(", "),
        server = server_call(spec),
    )
}

/// These ways in, and before each a way to every credential that it needs itself.
fn with_borrowed<'a, 'b>(ways: &[&'b Door<'a>], doors: &'b [Door<'a>]) -> Vec<&'b Door<'a>> {
    let mut given: Vec<&Door<'_>> = Vec::new();
    for way in ways {
        let borrowed: Vec<&Door<'_>> = borrowed_schemes(way)
            .filter_map(|scheme| door_to(doors, scheme))
            .collect();
        // A credential never needs itself, so this ends.
        for one in with_borrowed(&borrowed, doors).into_iter().chain([*way]) {
            if given.iter().all(|known| known.scheme() != one.scheme()) {
                given.push(one);
            }
        }
    }
    given
}

/// The schemes whose credentials a way in takes as inputs.
fn borrowed_schemes<'a>(door: &'a Door<'_>) -> impl Iterator<Item = &'a str> {
    let inputs = match &door.kind {
        Kind::Workflow(workflow) => workflow.inputs.as_slice(),
        Kind::Ready(_) => &[],
    };
    let credentials = inputs.iter().filter_map(|input| input.credential.as_ref());
    credentials.map(|credential| credential.scheme.as_str())
}

fn door_to<'a, 'b>(doors: &'b [Door<'a>], scheme: &str) -> Option<&'b Door<'a>> {
    doors.iter().find(|door| door.scheme() == scheme)
}

/// The builder's call that says where the API is, if it has to be said.
fn server_call(spec: &Spec) -> String {
    if !needs_server(spec) {
        return String::new();
    }
    match spec.servers.iter().find_map(|server| server.name.as_ref()) {
        Some(name) => format!("        .server({name:?})\n"),
        None => "        .base_url(\"https://api.example\")\n".to_string(),
    }
}

/// An operation that can be shown without arguments.
fn is_simple(spec: &Spec, operation: &Operation) -> bool {
    let token_operation = spec.workflows.iter().any(|workflow| {
        workflow
            .steps
            .iter()
            .any(|step| step.operation == operation.id)
    });
    operation.method == "GET"
        && !token_operation
        && operation.body.is_none()
        && operation
            .parameters
            .iter()
            .all(|parameter| !parameter.required)
        && operation.servers.iter().all(|server| !server.required)
}

/// A way to each scheme of the first alternative that an operation takes.
fn doors_of<'a, 'b>(doors: &'b [Door<'a>], operation: &Operation) -> Vec<&'b Door<'a>> {
    let requirements = operation.security.first().into_iter().flatten();
    requirements
        .filter_map(|requirement| door_to(doors, &requirement.scheme))
        .collect()
}

/// Whether the application has to say where the API is.
fn needs_server(spec: &Spec) -> bool {
    let is_default = |server: &Server| !server.required && is_address(server);
    !spec.servers.iter().any(is_default)
}

/// Whether a request can be sent there: it is no path alone, and not plain http.
fn is_address(server: &Server) -> bool {
    server.url.starts_with("https://") || server.url.starts_with('{')
}

fn credentials(spec: &Spec) -> String {
    if spec.schemes.is_empty() {
        return String::new();
    }
    let mut text =
        "## Credentials\n\n| give | for the scheme | environment |\n| --- | --- | --- |\n"
            .to_string();
    for door in doors(spec) {
        let variables: Vec<String> = door
            .variables(spec)
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        text.push_str(&format!(
            "| `{}::new({})` | {} | {} |\n",
            door.name,
            door.arguments().join(", "),
            supplied(&door),
            variables.join(", ")
        ));
    }
    for scheme in &spec.schemes {
        let description = match cell(&scheme.description) {
            text if text.is_empty() => "the spec does not say where a person gets it.".to_string(),
            text => text,
        };
        text.push_str(&format!(
            "\n{} ({}): {description}\n",
            code(&scheme.name),
            presentation(scheme),
        ));
    }
    text
}

/// What a request carries, in words.
fn presentation(scheme: &Scheme) -> String {
    match &scheme.presentation {
        Presentation::Basic => "`Authorization: Basic`".to_string(),
        Presentation::Word(word) if scheme.is_proven_by_request() => {
            let word = code(&format!("Authorization: {word}"));
            format!("{word}, by which each request proves something of its own; a client cannot")
        }
        Presentation::Word(word) => code(&format!("Authorization: {word} <token>")),
        Presentation::Header(name) => format!("the value in the header {}", code(name)),
        Presentation::Prefixed(name, prefix) => code(&format!("{name}: {prefix}<value>")),
        Presentation::Query(name) => format!("the value in the query as {}", code(name)),
        Presentation::Cookie(name) => format!("the value in the cookie {}", code(name)),
    }
}

/// The scheme that a way in supplies, and those whose credentials it needs for that.
fn supplied(door: &Door<'_>) -> String {
    let mut borrowed: Vec<String> = borrowed_schemes(door).map(code).collect();
    borrowed.dedup();
    match borrowed.is_empty() {
        true => code(door.scheme()),
        false => format!(
            "{}; needs a credential for {} too",
            code(door.scheme()),
            borrowed.join(" and ")
        ),
    }
}

fn servers(spec: &Spec) -> String {
    let mut text = "## Servers\n\n| server | chosen by |\n| --- | --- |\n".to_string();
    for server in &spec.servers {
        let url = if server.required && server.name.is_none() {
            "not known; the application has to say".to_string()
        } else {
            code(&server.url)
        };
        let chosen = match (&server.name, server.required) {
            (Some(name), true) => format!("`.server({name:?})`; there is no default"),
            (Some(name), false) => format!("`.server({name:?})`"),
            (None, true) => "`.base_url(..)`".to_string(),
            (None, false) if is_address(server) => "default".to_string(),
            (None, false) => "no https address; say yours by `.base_url(..)`".to_string(),
        };
        text.push_str(&format!("| {url} | {chosen} |\n"));
    }
    text.push_str(
        "\n`.base_url(..)` replaces every server of the API, `.server_url(name, url)` one.\n",
    );
    text + &server_variables(spec)
}

/// What stands in the braces of servers' URLs.
fn server_variables(spec: &Spec) -> String {
    let own = spec
        .operations
        .iter()
        .flat_map(|operation| &operation.servers);
    let servers = spec.servers.iter().chain(own);
    let mut told: Vec<ServerVariable> = Vec::new();
    for variable in servers.flat_map(|server| &server.variables) {
        match told.iter_mut().find(|known| known.name == variable.name) {
            None => told.push(variable.clone()),
            Some(known) if known.values.is_empty() || variable.values.is_empty() => {
                known.values.clear();
            }
            Some(known) => known.values.extend_from_slice(&variable.values),
        }
    }
    let sentence = |variable: &ServerVariable| {
        let default = code(&variable.default);
        let mut values: Vec<String> = Vec::new();
        for value in variable.values.iter().map(|value| code(value)) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let values = match values.is_empty() {
            true => format!("any value; without it {default}"),
            false => format!("{}; without it {default}", values.join(", ")),
        };
        let name = &variable.name;
        format!(
            "\n`.server_variable({name:?}, ..)` fills in {}: {values}.\n",
            code(&format!("{{{name}}}"))
        )
    };
    told.iter().map(sentence).collect()
}

fn operations(spec: &Spec) -> String {
    let mut text = "## Operations\n\n| method of the client | request | what it does | source |\n| --- | --- | --- | --- |\n".to_string();
    for operation in &spec.operations {
        text.push_str(&format!(
            "| `{}` | {} | {}{} | `{}` |\n",
            value_name(&operation.id),
            code(&format!("{} {}", operation.method, operation.path)),
            cell(&operation.summary),
            if operation.assumed { " (assumed)" } else { "" },
            source(spec, &operation.place)
        ));
    }
    text
}

/// What the provider's documentation does not say and the spec assumes.
fn assumptions(spec: &Spec) -> String {
    let mut assumed: Vec<String> = Vec::new();
    collect_assumed(spec, &spec.document, &mut String::new(), &mut assumed);
    let workflows = spec.workflows.iter().filter(|workflow| workflow.assumed);
    assumed.extend(workflows.map(|workflow| {
        format!(
            "the workflow {} (`{}`)",
            code(&workflow.id),
            source(spec, &workflow.place)
        )
    }));
    if assumed.is_empty() {
        return String::new();
    }
    let list: String = assumed.iter().map(|one| format!("- {one}\n")).collect();
    format!(
        "## Assumed\n\nThe provider's documentation does not say these; they are inferred. Correct them by an overlay \
         and `{COMMAND}`.\n\n{list}"
    )
}

fn collect_assumed(
    spec: &Spec,
    value: &serde_json::Value,
    pointer: &mut String,
    assumed: &mut Vec<String>,
) {
    let members: Vec<(String, &serde_json::Value)> = match value {
        serde_json::Value::Object(object) => object
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        serde_json::Value::Array(array) => array
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => return,
    };
    if value.get("x-assumed").and_then(serde_json::Value::as_bool) == Some(true) {
        assumed.push(format!(
            "{} (`{}`)",
            code(pointer),
            source(spec, &spec.places.get(pointer))
        ));
    }
    for (key, member) in members {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        collect_assumed(spec, member, pointer, assumed);
        pointer.truncate(length);
    }
}

fn features() -> String {
    "## Features\n\n\
     - `rustls` (default): HTTPS.\n\
     - `schemars`: `JsonSchema` for every type.\n\
     - `mock`: a typed mock server, in the module `mock`.\n\
     - `file-store`: tokens kept in files, so that a login outlives the process.\n"
        .to_string()
}

fn footer(spec: &Spec) -> String {
    format!(
        "\nThis crate is generated by `{COMMAND}` from `specs/{}`; change the spec, not the crate.\n",
        spec.name
    )
}
