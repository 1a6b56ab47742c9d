// dotnet add package Microsoft.ML.OnnxRuntime; dotnet add package SixLabors.ImageSharp;  dotnet run model.onnx picture.png…
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

using var model = new InferenceSession(args[0]);
int[] size = model.InputMetadata["image"].Dimensions; // batch, height, width, 3
foreach (var path in args[1..]) {
    using var picture = Image.Load<Rgb24>(path);
    picture.Mutate(one => one.Resize(size[2], size[1], KnownResamplers.Triangle));
    var bytes = new byte[size[1] * size[2] * 3];
    picture.CopyPixelDataTo(bytes);
    var image = new DenseTensor<byte>(bytes, new[] { 1, size[1], size[2], 3 });
    using var found = model.Run(new[] { NamedOnnxValue.CreateFromTensor("image", image) });
    var verdict = found.First(one => one.Name == "verdict").AsTensor<long>()[0];
    var score = found.First(one => one.Name == "score").AsTensor<float>()[0];
    Console.WriteLine($"{path}: {new[] { "OK", "REVIEW", "NG", "UNKNOWN" }[verdict]} (score {score:F4})");
}
