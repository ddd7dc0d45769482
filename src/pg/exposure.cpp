// pt_check_exposure: sql/54-exposure.sql. Everything is read from PostgreSQL's own catalogs.
#include "pg/exposure.hpp"

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/owner.hpp"
#include "pg/release_views.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/guc.h"
}

namespace pt::pg {
namespace {

/// What is private, and what shows it. `$1` role, `$2` caller, `$3` source or NULL.
///   kin      the sources, their people, what views among them read, parents and children
///   shows    views and materialized views over them or over the catalog, views over these, ...
///   member   roles that the role is, or can become by SET ROLE
///   via      for each of them the membership of the role that leads there
constexpr const char* kSets = R"sql(
WITH RECURSIVE role AS (SELECT r.* FROM pg_roles r WHERE r.rolname = $1::name),
named AS (
  SELECT source::oid AS oid FROM personatwin.run UNION SELECT people::oid FROM personatwin.run
  UNION SELECT source::oid FROM personatwin.release),
kin(oid) AS (
  SELECT c.oid FROM pg_class c JOIN named n ON n.oid = c.oid
   WHERE ($3 IS NULL OR c.oid = $3) AND pg_has_role($2::oid, c.relowner, 'USAGE')
  UNION
  SELECT x.oid FROM kin k CROSS JOIN LATERAL (
    SELECT i.inhrelid AS oid FROM pg_inherits i WHERE i.inhparent = k.oid
    UNION ALL SELECT i.inhparent FROM pg_inherits i WHERE i.inhrelid = k.oid
    UNION ALL SELECT d.refobjid FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
      AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> k.oid WHERE w.ev_class = k.oid) x
   JOIN pg_class c ON c.oid = x.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')),
catalog AS (
  SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'personatwin'::regnamespace AND c.relkind IN ('r', 'v', 'm')
     AND c.relname !~ '^release_[0-9]+_v[0-9]+_'), -- what is published is read through the views, as their owner
private AS (SELECT oid, 'source' AS what FROM kin UNION SELECT oid, 'catalog' FROM catalog WHERE $3 IS NULL),
over(oid) AS (
  SELECT oid FROM private
  UNION
  SELECT w.ev_class FROM over o JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = o.oid AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite w ON w.oid = d.objid WHERE w.ev_class <> o.oid),
shows AS (SELECT o.oid, c.relkind FROM over o JOIN pg_class c ON c.oid = o.oid
   WHERE c.relkind IN ('v', 'm') AND NOT EXISTS (SELECT FROM private p WHERE p.oid = o.oid)),
member AS (SELECT a.oid, a.rolname FROM pg_roles a, role r WHERE NOT r.rolsuper AND pg_has_role(r.oid, a.oid, 'MEMBER')),
relation_grants AS (
  SELECT c.oid, g.privilege_type, g.grantee, NULL::name AS attname FROM pg_class c, aclexplode(c.relacl) g
  UNION ALL SELECT a.attrelid, g.privilege_type, g.grantee, a.attname FROM pg_attribute a, aclexplode(a.attacl) g WHERE NOT a.attisdropped),
held AS (
  SELECT g.oid, g.privilege_type, g.attname, CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END AS grantee,
         CASE WHEN g.grantee = 0 THEN 'through PUBLIC' WHEN g.grantee = r.oid THEN 'granted to the role itself'
              ELSE 'through role ' || quote_ident(pg_get_userbyid(g.grantee)) END AS how,
         format('REVOKE %s%s ON %s FROM %s', g.privilege_type, coalesce(' (' || quote_ident(g.attname) || ')', ''), g.oid::regclass,
                CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END) AS revoke
    FROM relation_grants g, role r
   WHERE NOT r.rolsuper AND (g.grantee = 0 OR g.grantee IN (SELECT oid FROM member))
     AND g.grantee <> (SELECT c.relowner FROM pg_class c WHERE c.oid = g.oid))
)sql";

/// The ways, each a SELECT of way, object, detail, statement over the sets.
constexpr const char* kWays = R"sql(
SELECT 'superuser' AS way, quote_ident(r.rolname) AS object, 'superusers read everything' AS detail,
       format('ALTER ROLE %I NOSUPERUSER', r.rolname) AS statement FROM role r WHERE r.rolsuper
UNION ALL
SELECT 'create role', quote_ident(r.rolname), 'it can make itself a member of other roles',
       format('ALTER ROLE %I NOCREATEROLE', r.rolname) FROM role r WHERE r.rolcreaterole AND NOT r.rolsuper
UNION ALL
SELECT 'replication', quote_ident(r.rolname), 'it can copy the whole server or subscribe to publications',
       format('ALTER ROLE %I NOREPLICATION', r.rolname) FROM role r WHERE r.rolreplication AND NOT r.rolsuper
UNION ALL
SELECT 'bypass row security', p.oid::regclass::text, 'policies do not hold for it',
       format('ALTER ROLE %I NOBYPASSRLS', r.rolname) FROM role r, private p JOIN pg_class c ON c.oid = p.oid
 WHERE r.rolbypassrls AND NOT r.rolsuper AND c.relrowsecurity
UNION ALL
-- the role is a direct member of m, and m is, or leads to, the predefined role
SELECT CASE p.rolname WHEN 'pg_read_all_data' THEN 'read all data' WHEN 'pg_read_all_stats' THEN 'statistics' ELSE 'server files' END,
       p.rolname::text, 'member, through ' || quote_ident(pg_get_userbyid(m.roleid)),
       format('REVOKE %I FROM %I', pg_get_userbyid(m.roleid), r.rolname)
  FROM role r JOIN pg_auth_members m ON m.member = r.oid
  JOIN pg_roles p ON p.rolname IN ('pg_read_all_data', 'pg_read_all_stats', 'pg_read_server_files', 'pg_execute_server_program', 'pg_write_server_files')
 WHERE NOT r.rolsuper AND pg_has_role(m.roleid, p.oid, 'MEMBER')
   AND NOT (SELECT x.rolsuper FROM pg_roles x WHERE x.oid = m.roleid)
UNION ALL
SELECT 'owner', p.oid::regclass::text, 'the role owns it', format('ALTER TABLE %s OWNER TO ...', p.oid::regclass)
  FROM role r, private p JOIN pg_class c ON c.oid = p.oid WHERE c.relowner = r.oid AND NOT r.rolsuper
UNION ALL
SELECT 'membership', p.oid::regclass::text, 'member of the owner ' || quote_ident(pg_get_userbyid(c.relowner)) || ', through ' || quote_ident(pg_get_userbyid(m.roleid)),
       format('REVOKE %I FROM %I', pg_get_userbyid(m.roleid), r.rolname)
  FROM role r JOIN pg_auth_members m ON m.member = r.oid, private p JOIN pg_class c ON c.oid = p.oid
 WHERE NOT r.rolsuper AND c.relowner <> r.oid AND pg_has_role(m.roleid, c.relowner, 'MEMBER')
UNION ALL
SELECT CASE WHEN h.attname IS NULL THEN 'grant' ELSE 'column grant' END, p.oid::regclass::text || coalesce('.' || quote_ident(h.attname), ''),
       h.privilege_type || ' ' || h.how || CASE h.privilege_type WHEN 'TRIGGER' THEN '; a trigger sees the rows' WHEN 'REFERENCES' THEN
         '; a foreign key tells which keys exist' ELSE '' END, h.revoke
  FROM private p JOIN held h ON h.oid = p.oid WHERE h.privilege_type IN ('SELECT', 'TRIGGER', 'REFERENCES')
UNION ALL
SELECT CASE s.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, s.oid::regclass::text, h.privilege_type || ' ' || h.how
       || CASE s.relkind WHEN 'v' THEN '; it reads with the rights of its owner' ELSE '; it holds a copy' END, h.revoke
  FROM shows s JOIN held h ON h.oid = s.oid WHERE h.privilege_type = 'SELECT'
UNION ALL
SELECT CASE s.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, s.oid::regclass::text, 'the role, or one that it is a member of, owns it',
       format('DROP %s %s', CASE s.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END, s.oid::regclass)
  FROM shows s JOIN pg_class c ON c.oid = s.oid JOIN member m ON m.oid = c.relowner
UNION ALL
-- a function that runs as somebody who may read what is private
SELECT 'function', f.oid::regprocedure::text, 'SECURITY DEFINER, runs as ' || quote_ident(pg_get_userbyid(f.proowner)) || ', which can read private data; EXECUTE '
       || CASE WHEN g.grantee = 0 THEN 'through PUBLIC' ELSE 'of ' || quote_ident(pg_get_userbyid(g.grantee)) END,
       format('REVOKE EXECUTE ON ROUTINE %s FROM %s', f.oid::regprocedure, CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END)
  FROM pg_proc f CROSS JOIN role r CROSS JOIN LATERAL aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) g
 WHERE f.prosecdef AND f.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND NOT r.rolsuper
   AND (g.grantee = 0 OR (g.grantee IN (SELECT oid FROM member) AND g.grantee <> f.proowner)) AND f.proowner <> r.oid
   AND EXISTS (SELECT FROM private p WHERE has_table_privilege(f.proowner, p.oid, 'SELECT'))
UNION ALL
SELECT 'statistics', h.oid::regclass::text, h.privilege_type || ' ' || h.how || '; it holds frequent values of columns', h.revoke
  FROM held h WHERE h.privilege_type = 'SELECT' AND h.oid IN ('pg_catalog.pg_statistic'::regclass, 'pg_catalog.pg_statistic_ext_data'::regclass)
   AND (h.attname IS NULL OR h.attname ~ '^sta(values|numbers)|^stxd(mcv|expr)')
UNION ALL
SELECT 'publication', quote_ident(b.pubname), 'it sends ' || p.oid::regclass || ' to every subscriber',
       CASE WHEN b.puballtables THEN format('DROP PUBLICATION %I', b.pubname)
            WHEN EXISTS (SELECT FROM pg_publication_rel l WHERE l.prpubid = b.oid AND l.prrelid = p.oid) THEN format('ALTER PUBLICATION %I DROP TABLE %s', b.pubname, p.oid::regclass)
            ELSE format('ALTER PUBLICATION %I ... without the schema or parent of %s', b.pubname, p.oid::regclass) END
  FROM private p JOIN pg_class c ON c.oid = p.oid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_publication_tables t ON t.schemaname = n.nspname AND t.tablename = c.relname JOIN pg_publication b ON b.pubname = t.pubname
 WHERE p.what = 'source'
UNION ALL
SELECT 'foreign key', k.conrelid::regclass::text || '.' || quote_ident(k.conname), h.privilege_type || ' ' || h.how || ': trying keys tells which people are in ' || k.confrelid::regclass, h.revoke
  FROM pg_constraint k JOIN kin p ON p.oid = k.confrelid JOIN held h ON h.oid = k.conrelid
 WHERE k.contype = 'f' AND h.privilege_type IN ('INSERT', 'UPDATE')
UNION ALL
SELECT 'foreign key', k.conrelid::regclass::text || '.' || quote_ident(k.conname), 'the role, or one that it is a member of, owns the table: trying keys tells which people are in ' || k.confrelid::regclass,
       format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname)
  FROM pg_constraint k JOIN kin p ON p.oid = k.confrelid JOIN pg_class c ON c.oid = k.conrelid JOIN member m ON m.oid = c.relowner
 WHERE k.contype = 'f' AND k.conrelid NOT IN (SELECT oid FROM kin)
UNION ALL
SELECT DISTINCT 'default privileges', coalesce('tables of ' || quote_ident(pg_get_userbyid(d.defaclrole)) || ' in schema ' || quote_ident(n.nspname),
         'tables of ' || quote_ident(pg_get_userbyid(d.defaclrole))),
       'SELECT on tables made from now on ' || CASE WHEN g.grantee = 0 THEN 'through PUBLIC' ELSE 'for ' || quote_ident(pg_get_userbyid(g.grantee)) END,
       format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE SELECT ON TABLES FROM %s', pg_get_userbyid(d.defaclrole), coalesce(' IN SCHEMA ' || quote_ident(n.nspname), ''),
              CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END)
  FROM role r, pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace CROSS JOIN LATERAL aclexplode(d.defaclacl) g
 WHERE d.defaclobjtype = 'r' AND g.privilege_type = 'SELECT' AND NOT r.rolsuper AND (g.grantee = 0 OR g.grantee IN (SELECT oid FROM member)) AND g.grantee <> d.defaclrole
   AND EXISTS (SELECT FROM private p JOIN pg_class c ON c.oid = p.oid WHERE c.relowner = d.defaclrole AND (d.defaclnamespace = 0 OR d.defaclnamespace = c.relnamespace))
ORDER BY 1, 2, 3, 4
)sql";

}  // namespace

std::vector<Exposure> find_exposures(const std::string& role, Oid caller,
                                     std::optional<Oid> source) {
  (void)reader_role(role);
  std::vector<Exposure> found;
  // Compiling this query takes seconds, running it milliseconds. Ends with the owner's scope.
  guarded([] {
    set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  });
  Spi spi;
  spi.query(std::string(kSets) + kWays,
            Params{}.text(role).oid(caller).add(
                OIDOID, ObjectIdGetDatum(source.value_or(InvalidOid)), !source),
            Spi::ReadOnly::no, [&](const Row& row) {
              found.push_back({row.text(0), row.text(1), row.text(2), row.text(3)});
            });
  return found;
}

}  // namespace pt::pg

PT_FUNCTION(pt_check_exposure) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::string const role = args.text(0, "role");
  auto const source = args.optional_oid(1);
  ResultSet out(fcinfo);
  if (source) require_source_owner(*source);
  Oid const caller = GetUserId();
  auto const found = run_as_extension_owner([&] { return find_exposures(role, caller, source); });
  for (const Exposure& e : found) out.row({e.way, e.object, e.detail, e.statement});
  return out.done();
}
