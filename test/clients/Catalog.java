// Reads a release through JDBC as a reporting tool does: tables and columns with their comments, then values.
// Arguments: URL, user, schema. Prints one line a fact.
import java.sql.*;

public class Catalog {
  public static void main(String[] args) throws Exception {
    try (Connection c = DriverManager.getConnection(args[0], args[1], "")) {
      DatabaseMetaData meta = c.getMetaData();
      try (ResultSet t = meta.getTables(null, args[2], "%", new String[] {"TABLE", "VIEW"})) {
        while (t.next())
          System.out.println("table " + t.getString("TABLE_NAME") + " | " + t.getString("REMARKS"));
      }
      try (ResultSet k = meta.getColumns(null, args[2], "%", "%")) {
        while (k.next())
          System.out.println("column " + k.getString("TABLE_NAME") + "." + k.getString("COLUMN_NAME") + " "
              + k.getString("TYPE_NAME") + " | " + k.getString("REMARKS"));
      }
      try (Statement s = c.createStatement();
          ResultSet r = s.executeQuery("SELECT * FROM " + args[2] + ".court_events_personas ORDER BY persona_id LIMIT 1")) {
        r.next();
        for (String name : new String[] {"persona_id", "merged_from", "age_mean", "gender", "event_types", "age_range"})
          System.out.println("value " + name + " " + r.getObject(name).getClass().getName());
      }
      try (Statement s = c.createStatement();
          ResultSet r = s.executeQuery("SELECT sum(merged_from), min(lower(age_range)) FROM " + args[2] + ".court_events_personas")) {
        r.next();
        System.out.println("people " + r.getLong(1));
      }
      try (Statement s = c.createStatement();
          ResultSet r = s.executeQuery("SELECT lower(period) AS begins FROM " + args[2] + ".court_events_events WHERE period IS NOT NULL LIMIT 1")) {
        r.next();
        System.out.println("begins " + r.getObject(1).getClass().getName());
      }
      try (Statement s = c.createStatement()) {
        s.executeQuery("SELECT * FROM public.court_events");
        System.out.println("source open");
      } catch (SQLException e) {
        System.out.println("source " + e.getSQLState());
      }
    }
  }
}
