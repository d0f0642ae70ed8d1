/** The last line of a test run: `N passed, N failed, N skipped`. */
export default class Summary {
  onTestRunEnd(modules) {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      let tests = 0;
      for (const test of module.children.allTests()) {
        tests++;
        const { state } = test.result();
        count[state === "passed" || state === "failed" ? state : "skipped"]++;
      }
      // A file that could not be loaded has no tests and is a failure all the same.
      if (module.state() === "failed" && (tests === 0 || module.errors().length > 0)) count.failed++;
    }
    process.on("exit", () => console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`));
  }
}
