//! The table as one HTML page: no script, nothing loaded.

use super::{Cell, Matrix};

const STYLE: &str = include_str!("matrix.css");

pub(super) fn write(matrix: &Matrix<'_>) -> String {
    let title = escape(&matrix.title());
    let mut body = format!(
        "<header><h1>{title}</h1>\n<p>{}</p></header>\n",
        prose(&matrix.subtitle())
    );
    body.push_str(&legend(matrix));
    table(matrix, &mut body);
    if !matrix.left_out.is_empty() {
        let names: Vec<_> = matrix.left_out.iter().map(|name| code(name)).collect();
        push!(
            body,
            "<p>Not granted at this level: {}.</p>\n",
            names.join(", ")
        );
    }
    rules(matrix, &mut body);
    tiers(matrix, &mut body);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n\
         </body>\n</html>\n"
    )
}

fn legend(matrix: &Matrix<'_>) -> String {
    type Such = fn(&Cell) -> bool;
    const ITEMS: [(Such, &str); 3] = [
        (
            |cell| *cell == Cell::Yes,
            "<span class=\"yes\" aria-hidden=\"true\">✓</span> listed",
        ),
        (
            |cell| matches!(cell, Cell::Superuser(_)),
            "<span class=\"super\" aria-hidden=\"true\">★</span> superuser",
        ),
        (
            |cell| matches!(cell, Cell::Rules(_)),
            "<span class=\"rule\">if …</span> by a rule",
        ),
    ];
    let items = ITEMS
        .iter()
        .filter(|(is_such, _)| matrix.has_cells(is_such));
    let items: Vec<_> = items.map(|(_, item)| format!("<li>{item}</li>")).collect();
    format!("<ul class=\"legend\">{}</ul>\n", items.concat())
}

fn table(matrix: &Matrix<'_>, body: &mut String) {
    body.push_str("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Permissions by role\">\n<table>\n<thead><tr><th scope=\"col\">Permission</th>");
    for column in &matrix.columns {
        let label = if column.label.is_empty() {
            String::new()
        } else {
            format!("<span class=\"label\">{}</span>", escape(&column.label))
        };
        let about = column.about.iter();
        let about: Vec<_> = about
            .map(|about| format!("<small>{}</small>", escape(about)))
            .collect();
        let about = about.concat();
        let name = if column.is_role {
            code(&column.name)
        } else {
            format!("<span class=\"label\">{}</span>", escape(&column.name))
        };
        push!(body, "<th scope=\"col\">{label}{name}{about}</th>");
    }
    for (is_there, name) in [
        (matrix.has_tiers(), "Tier"),
        (matrix.has_denials(), "Unless"),
    ] {
        if is_there {
            push!(body, "<th scope=\"col\">{name}</th>");
        }
    }
    body.push_str("</tr></thead>\n<tbody>\n");
    for row in &matrix.rows {
        let label = if row.permission.label == row.permission.name {
            String::new()
        } else {
            format!(
                "<span class=\"label\">{}</span>",
                escape(&row.permission.label)
            )
        };
        let name = code(&row.permission.name);
        push!(body, "<tr><th scope=\"row\">{label}{name}</th>");
        row.cells
            .iter()
            .for_each(|cell| body.push_str(&cell_html(cell)));
        if matrix.has_tiers() {
            let tier = row.tier.map_or_else(String::new, escape);
            push!(body, "<td>{tier}</td>");
        }
        if matrix.has_denials() {
            push!(body, "<td class=\"unless\">{}</td>", list(&row.unless));
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</tbody>\n</table>\n</div>\n");
}

fn cell_html(cell: &Cell) -> String {
    match cell {
        Cell::No => "<td><span class=\"no\">no</span></td>".to_owned(),
        Cell::Yes => {
            "<td><span class=\"yes\" role=\"img\" aria-label=\"yes\">✓</span></td>".to_owned()
        }
        Cell::Superuser(level) => format!(
            "<td><span class=\"super\" role=\"img\" aria-label=\"superuser\">★</span><small>from {}</small></td>",
            escape(level)
        ),
        Cell::Rules(names) => format!("<td class=\"rule\">{}</td>", list(names)),
    }
}

fn list(items: &[String]) -> String {
    let items = items.iter();
    let items: Vec<_> = items
        .map(|item| format!("<span>{}</span>", escape(item)))
        .collect();
    items.concat()
}

fn rules(matrix: &Matrix<'_>, body: &mut String) {
    let rules = &matrix.policy.document().rules;
    if rules.is_empty() {
        return;
    }
    body.push_str("<h2>Rules</h2>\n<dl>\n");
    for rule in rules {
        let when = match &rule.when {
            Some(when) => format!("when <code>{}</code>", escape(when)),
            None => "always".to_owned(),
        };
        let message = if rule.message.is_empty() {
            String::new()
        } else {
            format!("<br>{}", escape(&rule.message))
        };
        push!(
            body,
            "<dt><code>{}</code></dt><dd><b class=\"{effect}\">{effect}</b> {when}{message}</dd>\n",
            escape(&rule.name),
            effect = escape(&rule.effect)
        );
    }
    body.push_str("</dl>\n");
}

fn tiers(matrix: &Matrix<'_>, body: &mut String) {
    let policy = matrix.policy;
    if policy.tiers().is_empty() {
        return;
    }
    body.push_str("<h2>Tiers</h2>\n<p>Lowest first.</p>\n<dl>\n");
    for (rank, tier) in (0..).zip(policy.tiers()) {
        let apps: Vec<_> = policy
            .apps()
            .iter()
            .filter(|app| app.tier == rank)
            .map(|app| escape(&app.label))
            .collect();
        let opens = if apps.is_empty() {
            "opens nothing more".to_owned()
        } else {
            format!("opens {}", apps.join(", "))
        };
        push!(body, "<dt>{}</dt><dd>{opens}</dd>\n", escape(&tier.label));
    }
    body.push_str("</dl>\n");
}

fn code(name: &str) -> String {
    format!("<code>{}</code>", escape(name))
}

/// Text in which names stand between backticks.
fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts
        .map(|(n, part)| if n % 2 == 1 { code(part) } else { escape(part) })
        .collect()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}
