// dotnet add package Microsoft.ML.OnnxRuntime; dotnet add package SixLabors.ImageSharp;  dotnet run model.onnx picture.png…
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

using var model = new InferenceSession(args[0]);
int[] size = model.InputMetadata["image"].Dimensions; // batch, height, width, 3
var facts = JsonDocument.Parse(model.ModelMetadata.CustomMetadataMap["pyramid_mamba"]).RootElement;
bool pads = facts.TryGetProperty("fit", out var fit) && fit.GetString() == "pad";
foreach (var path in args[1..]) {
    using var picture = Image.Load<Rgb24>(path);
    picture.Mutate(one => one.AutoOrient());
    double ratio = (double)picture.Width / picture.Height;
    if (pads && Math.Round(size[2] / ratio) != size[1] && Math.Round(size[1] * ratio) != size[2])
        throw new ArgumentException($"{path}: expected the aspect of {size[2]}x{size[1]} pixels, found {picture.Width}x{picture.Height}");
    picture.Mutate(one => one.Resize(size[2], size[1], KnownResamplers.Triangle));
    var bytes = new byte[size[1] * size[2] * 3];
    picture.CopyPixelDataTo(bytes);
    var image = new DenseTensor<byte>(bytes, new[] { 1, size[1], size[2], 3 });
    using var found = model.Run(new[] { NamedOnnxValue.CreateFromTensor("image", image) });
    var verdict = found.First(one => one.Name == "verdict").AsTensor<long>()[0];
    var score = found.First(one => one.Name == "score").AsTensor<float>()[0];
    Console.WriteLine($"{path}: {new[] { "OK", "REVIEW", "NG", "UNKNOWN" }[verdict]} (score {score:F4})");
}
