# Reads a release through RPostgreSQL; arguments: host, port, user, database. Prints one line a fact.
suppressMessages(library(RPostgreSQL))
a <- commandArgs(TRUE)
db <- dbConnect(PostgreSQL(), host = a[1], port = as.integer(a[2]), user = a[3], dbname = a[4])
p <- dbGetQuery(db, "SELECT persona_id::text AS persona_id, merged_from, lower(age_range) AS age_from, age_mean, gender FROM safe.court_events_personas")
for (name in names(p)) cat("value", name, class(p[[name]])[1], "\n")
cat("people", sum(p$merged_from), "\n")
e <- dbGetQuery(db, "SELECT persona_id::text AS persona_id, lower(period) AS begins, event_type, outcome, weight FROM safe.court_events_events")
for (name in names(e)) cat("value", name, class(e[[name]])[1], "\n")
charges <- merge(e[e$event_type == "charge" & !is.na(e$outcome), ], p, by = "persona_id")
for (g in sort(unique(charges$gender))) {
  of <- charges$gender == g
  cat("rate", g, sprintf("%.6f", sum(charges$weight[of & charges$outcome == "convicted"]) / sum(charges$weight[of])), "\n")
}
invisible(dbDisconnect(db))
