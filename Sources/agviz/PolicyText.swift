// What a policy asks for, in a line.

internal import Autograd
internal import GraphModel

/// A policy in words, such as `statistics, from step 10 on`; as it is where it is none of this
/// version's.
func policyText(_ json: String) -> String {
  guard let policy = try? RecordingPolicy(json: json) else { return json }
  var parts = [policy.detail.rawValue]
  switch (policy.firstStep, policy.lastStep) {
  case (0, nil): break
  case (let first, nil): parts.append("from step \(first) on")
  case (let first, let last?):
    parts.append(first == last ? "step \(first)" : "steps \(first) to \(last)")
  }
  if policy.everySteps > 1 { parts.append("one step of \(policy.everySteps)") }
  if !policy.nodes.isEmpty { parts.append("elements of \(policy.nodes.joined(separator: " "))") }
  if policy.forward { parts.append("the forward pass") }
  if !policy.capturesSource { parts.append("no source lines") }
  if !policy.triggers.isEmpty {
    let conditions = policy.triggers.map { "\($0)" }.joined(separator: " or ")
    let before =
      policy.stepsBefore > 0 ? " and of \(counted(policy.stepsBefore, "step")) before" : ""
    parts.append("\(policy.raisedDetail) from \(conditions) on\(before)")
  }
  if let limit = policy.sizeLimit { parts.append("at most \(sizeText(limit))") }
  return parts.joined(separator: ", ")
}
